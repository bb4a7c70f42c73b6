"""luaparse, a parser of Lua 5.1 to 5.3 and LuaJIT that is held against the language's own tests.

Install it with `npm install --prefix FOLDER luaparse@0.3` and set CODEINDEX_LUAPARSE to FOLDER; `node` runs it.

Counted: functions at any depth that a declaration, the first target of an assignment or a key of a table names
(`a.b.c` and `a["c"]` as c); variables and fields that are assigned or declared by a statement outside all else, where
they first are, but not what such a statement takes from `require`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = r"""
const fs = require("node:fs");
const readline = require("node:readline");
const luaparse = require(require.resolve("luaparse", { paths: [process.env.CODEINDEX_LUAPARSE || "."] }));
const VERSIONS = ["LuaJIT", "5.3", "5.2", "5.1"];

function parsed(text) {
  for (const luaVersion of VERSIONS) {
    try {
      return luaparse.parse(text, { luaVersion, locations: true, comments: false, encodingMode: "x-user-defined" });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return null;
}

class Finder {
  constructor() {
    this.found = [];
    this.seen = new Set();
  }

  file(chunk) {
    for (const statement of chunk.body) {
      const isAssigned = statement.type === "LocalStatement" || statement.type === "AssignmentStatement";
      if (isAssigned && !isFunction(statement.init[0]) && !isRequired(statement.init[0])) this.assigned(statement);
      this.visit(statement);
    }
  }

  assigned(statement) {
    for (const target of statement.variables) {
      if (target.type === "Identifier") this.first(target, "variable", target.name);
      else if (target.type === "MemberExpression") this.first(target.identifier, "field", chain(target));
    }
  }

  first(identifier, kind, path) {
    if (path !== null && !this.seen.has(path)) this.add(identifier, kind);
    this.seen.add(path);
  }

  add(identifier, kind) {
    if (identifier) this.found.push([nameOf(identifier), identifier.loc.start.line, kind]);
  }

  visit(node) {
    if (Array.isArray(node)) return node.forEach((child) => this.visit(child));
    if (node === null || typeof node !== "object") return;
    if (node.type === "FunctionDeclaration" && node.identifier) this.declared(node);
    else if (node.type === "LocalStatement" || node.type === "AssignmentStatement") {
      if (isFunction(node.init[0])) this.add(named(node.variables[0]), "function");
    } else if (node.type === "TableKeyString" && isFunction(node.value)) this.add(node.key, "function");
    else if (node.type === "TableKey" && isFunction(node.value)) this.add(literal(node.key), "function");
    for (const [key, child] of Object.entries(node)) if (key !== "loc") this.visit(child);
  }

  declared(node) {
    const isMethod = node.identifier.type === "MemberExpression" && node.identifier.indexer === ":";
    this.add(named(node.identifier), isMethod ? "method" : "function");
  }
}

function isFunction(node) {
  return node !== undefined && node.type === "FunctionDeclaration";
}

/** What names something: a name, or a literal between brackets. */
function named(node) {
  if (node.type === "MemberExpression") return node.identifier;
  if (node.type === "IndexExpression") return literal(node.index);
  return node.type === "Identifier" ? node : null;
}

function literal(node) {
  return node.type === "StringLiteral" ? node : null;
}

function nameOf(node) {
  if (node.type === "Identifier") return node.name;
  return node.raw.replace(/^(?:\[=*\[|.)|(?:\]=*\]|.)$/gs, "");
}

function chain(node) {
  if (node.type === "Identifier") return node.name;
  const base = node.type === "MemberExpression" ? chain(node.base) : null;
  return base === null ? JSON.stringify(node.loc) : `${base}.${node.identifier.name}`;
}

/** `require "x"`, with what is taken out of it, and `pcall(require, "x")`. */
function isRequired(node) {
  if (node === undefined) return false;
  if (node.type.endsWith("CallExpression")) {
    const isPcall = node.base.name === "pcall" && node.arguments[0]?.name === "require";
    return isPcall || node.base.name === "require" || isRequired(node.base);
  }
  return ["MemberExpression", "IndexExpression"].includes(node.type) && isRequired(node.base);
}

readline.createInterface({ input: process.stdin }).on("line", (path) => {
  const chunk = parsed(fs.readFileSync(path, "latin1"));
  if (chunk === null) return;
  const finder = new Finder();
  finder.file(chunk);
  const utf8 = finder.found.map(([name, ...rest]) => [Buffer.from(name, "latin1").toString("utf8"), ...rest]);
  process.stdout.write(JSON.stringify([path, utf8]) + "\n");
});
"""


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    answer = subprocess.run(["node", "-e", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, answer.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
