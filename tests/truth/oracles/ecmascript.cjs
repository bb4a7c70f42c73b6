// What TypeScript's own parser sees: paths on stdin, one a line; on stdout a JSON line [path, [[name, line, kind], …]] for
// each that it parses without an error. See ecmascript.py for what is counted.

const fs = require("node:fs");
const readline = require("node:readline");
const ts = require(require.resolve("typescript", { paths: [process.env.CODEINDEX_TYPESCRIPT || "."] }));

const K = ts.SyntaxKind;
const NAMED_CODE = new Set([
  K.FunctionDeclaration, K.MethodDeclaration, K.MethodSignature, K.Constructor, K.GetAccessor, K.SetAccessor,
]);
const ANONYMOUS_CODE = new Set([K.FunctionExpression, K.ArrowFunction, K.ClassStaticBlockDeclaration]);
const KINDS = new Map([
  [K.FunctionDeclaration, "function"], [K.ClassDeclaration, "class"], [K.InterfaceDeclaration, "interface"],
  [K.TypeAliasDeclaration, "alias"], [K.EnumDeclaration, "enum"], [K.EnumMember, "enum_member"],
  [K.MethodDeclaration, "method"], [K.GetAccessor, "accessor"], [K.SetAccessor, "accessor"],
  [K.PropertyDeclaration, "field"],
]);
// The scope of a named function's type.
const CODE = { place: "code", isNamedCode: true, members: new Set() };
const PLAIN = /^[\w$.]+$/;
const SIGNATURES = new Set([K.MethodSignature, K.PropertySignature, K.GetAccessor, K.SetAccessor]);

function isFunction(node) {
  return node && (node.kind === K.FunctionExpression || node.kind === K.ArrowFunction);
}

function isCode(node) {
  return isFunction(node) || (node && node.kind === K.ClassExpression);
}

class Reader {
  constructor(path) {
    this.text = fs.readFileSync(path, "utf8");
    this.source = ts.createSourceFile(path, this.text, ts.ScriptTarget.Latest, true);
    this.found = [];
    this.exports = new Set();
  }

  read() {
    if (this.source.parseDiagnostics.length) return null;
    this.visit(this.source, { place: "file", members: new Set() });
    return this.found;
  }

  add(name, kind) {
    const text = name.kind === K.PrivateIdentifier || name.kind === K.Identifier ? name.text : (name.text ?? "");
    if (!text || name.kind === K.ComputedPropertyName) return;
    const line = this.source.getLineAndCharacterOfPosition(name.getStart(this.source)).line + 1;
    this.found.push([text, line, kind]);
  }

  /** `scope.place` is what the nearest definition or function around is; `scope.members` are a class's names so far. */
  visit(node, scope) {
    const inner = this.define(node, scope);
    ts.forEachChild(node, (child) => this.visit(child, inner));
  }

  define(node, scope) {
    const kind = KINDS.get(node.kind);
    if (node.kind === K.VariableDeclaration) return this.variable(node, scope);
    if (node.kind === K.BinaryExpression && node.operatorToken.kind === K.EqualsToken) return this.assignment(node, scope);
    if (node.kind === K.PropertyAssignment && isCode(node.initializer)) {
      this.add(node.name, "method");
    } else if (node.kind === K.ModuleDeclaration) {
      if (node.body?.kind !== K.ModuleDeclaration && !(node.flags & ts.NodeFlags.GlobalAugmentation)) this.add(node.name, "namespace");
      return { place: "namespace", members: new Set() };
    } else if (node.kind === K.ImportEqualsDeclaration) {
      if (node.moduleReference.kind !== K.ExternalModuleReference) this.add(node.name, "variable");
    } else if (node.kind === K.Constructor) {
      const name = node.getChildren(this.source).find((child) => child.kind === K.ConstructorKeyword);
      if (name) this.found.push(["constructor", this.lineOf(name), "constructor"]);
    } else if (node.kind === K.Parameter && ts.isParameterPropertyDeclaration(node, node.parent)) {
      this.add(node.name, "field");
      scope.members.add(node.name.text);
    } else if (node.kind === K.FunctionExpression || node.kind === K.ClassExpression) {
      if (node.name && !this.isNamed(node, scope)) this.add(node.name, node.kind === K.ClassExpression ? "class" : "function");
    } else if (this.isSignature(node)) {
      if (scope.place !== "code") this.add(node.name, "member");
    } else if (kind && node.name) {
      if (scope.members && node.kind === K.PropertyDeclaration) scope.members.add(node.name.text);
      this.add(node.name, kind);
    }
    return this.within(node, scope);
  }

  isSignature(node) {
    return SIGNATURES.has(node.kind) && (node.parent.kind === K.InterfaceDeclaration || node.parent.kind === K.TypeLiteral);
  }

  lineOf(node) {
    return this.source.getLineAndCharacterOfPosition(node.getStart(this.source)).line + 1;
  }

  within(node, scope) {
    if (NAMED_CODE.has(node.kind) || ANONYMOUS_CODE.has(node.kind)) {
      const isNamedCode = !ANONYMOUS_CODE.has(node.kind) || Boolean(node.name && !this.isNamed(node, scope));
      return { place: "code", isNamedCode, isConstructor: node.kind === K.Constructor, members: scope.members };
    }
    if (node.kind === K.ClassDeclaration || node.kind === K.ClassExpression) return { place: "class", members: new Set() };
    if (node.kind === K.InterfaceDeclaration || node.kind === K.TypeAliasDeclaration) return { place: "type", members: new Set() };
    if (node.kind === K.PropertyDeclaration) return isFunction(node.initializer) ? CODE : { place: "field", members: new Set() };
    return scope;
  }

  /** Whether a function or class is the value of what names it. */
  isNamed(node, scope) {
    const parent = node.parent;
    if (parent.kind === K.BinaryExpression) {
      if (parent.operatorToken.kind !== K.EqualsToken || parent.right !== node) return false;
      if (parent.left.kind !== K.PropertyAccessExpression) return false;
      if (parent.left.expression.kind === K.ThisKeyword) return scope.place === "code";
      return this.targetOf(parent.left) !== "module" && PLAIN.test(this.targetOf(parent.left));
    }
    const names = [K.VariableDeclaration, K.PropertyAssignment, K.PropertyDeclaration].includes(parent.kind);
    return names && parent.initializer === node && parent.name.kind !== K.ComputedPropertyName && !ts.isBindingPattern(parent.name);
  }

  targetOf(left) {
    return left.expression.getText(this.source);
  }

  variable(node, scope) {
    const list = node.parent;
    const given = list.kind === K.VariableDeclarationList && (list.parent.kind === K.ForInStatement || list.parent.kind === K.ForOfStatement);
    if (list.kind !== K.VariableDeclarationList || given) return scope;
    if (scope.place !== "code" || isCode(node.initializer)) this.bound(node.name, scope);
    return isFunction(node.initializer) ? CODE : scope;
  }

  bound(name, scope) {
    if (name.kind === K.Identifier) this.add(name, "variable");
    else if (scope.place !== "code") for (const element of name.elements) if (element.name) this.bound(element.name, scope);
  }

  /** `exports.a = …`, `A.prototype.b = function…`, `this.c = …` in a constructor. */
  assignment(node, scope) {
    const { left, right } = node;
    if (left.kind !== K.PropertyAccessExpression) return scope;
    const target = this.targetOf(left);
    if (left.expression.kind === K.ThisKeyword) this.own(node, scope);
    else if (target === "module" && left.name.text === "exports") {
      if (isCode(right) && !right.name) this.add(left.name, "export");
    } else if (target === "exports" || target === "module.exports") this.exported(node, scope);
    else if (isCode(right) && PLAIN.test(target)) this.add(left.name, "assigned");
    return scope;
  }

  exported(node, scope) {
    const { left, right } = node;
    const isPlain = !isCode(right);
    if (isPlain && (scope.isNamedCode || right.getText(this.source).endsWith("void 0"))) return;
    if (isPlain && this.exports.has(left.name.text)) return;
    if (isPlain) this.exports.add(left.name.text);
    this.add(left.name, "export");
  }

  own(node, scope) {
    const { left, right } = node;
    const name = left.name;
    if (scope.isConstructor) {
      if (!scope.members.has(name.text) && !/^this\.[\w$#]+\.bind\(/.test(right.getText(this.source))) {
        this.add(name, "own");
        scope.members.add(name.text);
      }
    } else if (scope.place === "code" && isCode(right)) this.add(name, "own");
  }
}

readline.createInterface({ input: process.stdin }).on("line", (path) => {
  const found = new Reader(path).read();
  if (found) process.stdout.write(JSON.stringify([path, found]) + "\n");
});
