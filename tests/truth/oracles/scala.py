"""scalameta's parser of Scala 2 and 3 (the one that scalafmt and Metals read with).

Install it with `npm install --prefix FOLDER scalameta-parsers@4` and set CODEINDEX_SCALAMETA to FOLDER; `node` runs it.

Counted: packages with a body (as written), package objects, classes, objects, traits, enums with their cases, functions
and types at any depth, constructors (`this`); parameters that are members: of case classes and cases, and `val`, `var`;
values and variables that are members or outside all else; givens with a name. Values that a function holds, alone or
in a class without a name, do not count. A name between backquotes counts without them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = r"""
const fs = require("node:fs");
const readline = require("node:readline");
const scala = require(require.resolve("scalameta-parsers", { paths: [process.env.CODEINDEX_SCALAMETA || "."] }));
const DIALECTS = ["Scala213Source3", "Scala3", "Scala213", "Scala212", "Sbt1"];
const KINDS = {
  "Pkg.Object": "module", "Defn.Class": "class", "Defn.Object": "object", "Defn.Trait": "interface",
  "Defn.Enum": "enum",
  "Defn.EnumCase": "enum_member", "Defn.Def": "function", "Decl.Def": "function", "Defn.Macro": "function",
  "Defn.Type": "class", "Decl.Type": "class", "Defn.Given": "given", "Defn.GivenAlias": "given", "Decl.Given": "given",
};
const VALUES = new Set(["Defn.Val", "Defn.Var", "Decl.Val", "Decl.Var"]);
// Whose statements are members.
const HOLDERS = new Set(["Source", "Pkg", "Pkg.Body", "Template", "Template.Body", "Defn.ExtensionGroup"]);

function parsed(text) {
  for (const dialect of DIALECTS) {
    const tree = scala.parseSource(text, { dialect });
    if (!tree.error) return tree;
  }
  return null;
}

class Finder {
  constructor(text) {
    this.text = text;
    this.found = [];
  }

  add(name, kind) {
    if (name.value) this.found.push([name.value, this.text.slice(0, name.pos.start).split("\n").length, kind]);
  }

  /** `isLocal`: whether the nearest definition with a name around is a function. */
  visit(node, parent, isLocal) {
    if (Array.isArray(node)) return node.forEach((child) => this.visit(child, parent, isLocal));
    if (node === null || typeof node !== "object" || !node.type) return;
    const kind = KINDS[node.type];
    if (kind) this.add(node.name, kind);
    else if (node.type === "Pkg") this.packaged(node);
    else if (node.type === "Defn.RepeatedEnumCase") node.cases.forEach((name) => this.add(name, "enum_member"));
    else if (node.type === "Ctor.Secondary") this.add({ ...node.name, value: "this" }, "constructor");
    else if (VALUES.has(node.type) && HOLDERS.has(parent.type) && !isLocal) node.pats.forEach((one) => this.bound(one));
    if (node.ctor?.type === "Ctor.Primary") this.parameters(node);
    const isLocalInside = kind ? kind === "function" : isLocal || node.type === "Ctor.Secondary";
    for (const [key, child] of Object.entries(node)) if (key !== "pos") this.visit(child, node, isLocalInside);
  }

  packaged(node) {
    const body = this.text.slice(node.ref.pos.end).trimStart();
    if (!body.startsWith("{") && !body.startsWith(":")) return;
    this.add({ ...node.ref, value: this.text.slice(node.ref.pos.start, node.ref.pos.end) }, "package");
  }

  bound(pattern) {
    if (pattern.type === "Pat.Var") this.add(pattern.name, "value");
    else if (pattern.type === "Pat.Tuple") for (const one of pattern.args) if (one.type === "Pat.Var") this.bound(one);
  }

  /** Those of the first list of a case class are members whatever is said of them. */
  parameters(node) {
    const isCase = node.type === "Defn.EnumCase" || node.mods.some((mod) => mod.type === "Mod.Case");
    node.ctor.paramClauses.forEach((clause, index) => {
      for (const one of clause.values) {
        const isMember = one.mods.some((mod) => mod.type === "Mod.ValParam" || mod.type === "Mod.VarParam");
        if (isMember || (isCase && index === 0)) this.add(one.name, "parameter");
      }
    });
  }
}

readline.createInterface({ input: process.stdin }).on("line", (path) => {
  const text = fs.readFileSync(path, "utf8");
  const tree = parsed(text);
  if (tree === null) return;
  const finder = new Finder(text);
  finder.visit(tree, tree, false);
  process.stdout.write(JSON.stringify([path, finder.found]) + "\n");
});
"""


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    answer = subprocess.run(["node", "-e", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, answer.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
