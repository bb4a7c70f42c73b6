"""PHP's own parser, through its extension `ast` (Debian: `apt-get install php-cli php8.2-ast`).

Counted: namespaces (the last part of the name), classes, interfaces, traits, enums with their cases, functions and
methods at any depth, those of classes without a name too; constants (`const`, and `define` with a literal),
properties, constructors' parameters that are properties; variables that are assigned by a statement outside all
else, where they first are. A line is that of the name as far as the tree has one, else of the keyword before it.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = r"""
const VERSION = 90;
const LISTS = ['AST_PROP_ELEM' => 'property', 'AST_CONST_ELEM' => 'constant', 'AST_ENUM_CASE' => 'enum_member'];
const PROMOTED = ast\flags\PARAM_MODIFIER_PUBLIC | ast\flags\PARAM_MODIFIER_PROTECTED
    | ast\flags\PARAM_MODIFIER_PRIVATE | ast\flags\MODIFIER_READONLY;

class Finder
{
    public array $found = [];
    private array $seen = [];
    private string $space = '';

    public function file(ast\Node $root): void
    {
        foreach ($root->children as $statement) {
            $this->statement($statement);
        }
    }

    private function statement(mixed $node): void
    {
        if ($node instanceof ast\Node && $node->kind === ast\AST_NAMESPACE) {
            $this->space = $node->children['name'] ?? '';
            if ($this->space !== '') {
                $this->add(preg_replace('/.*\\\\/', '', $this->space), $node, 'namespace');
            }
            if ($node->children['stmts'] !== null) {
                $this->file($node->children['stmts']);
            }
            return;
        }
        if ($node instanceof ast\Node && $node->kind === ast\AST_ASSIGN) {
            $this->variable($node->children['var']);
        }
        $this->visit($node);
    }

    private function variable(ast\Node $target): void
    {
        $name = $target->kind === ast\AST_VAR ? $target->children['name'] : null;
        if (is_string($name) && !isset($this->seen[$this->space][$name])) {
            $this->seen[$this->space][$name] = true;
            $this->add('$' . $name, $target, 'variable');
        }
    }

    private function add(string $name, ast\Node $node, string $kind): void
    {
        $this->found[] = [$name, $node->lineno, $kind];
    }

    private function visit(mixed $node): void
    {
        if (!$node instanceof ast\Node || $node->kind === ast\AST_DECLARE && $node->children['stmts'] === null) {
            return;
        }
        $kind = ast\get_kind_name($node->kind);
        if (isset(LISTS[$kind])) {
            $this->add($node->children['name'], $node, LISTS[$kind]);
        } elseif ($kind === 'AST_CLASS' && $node->children['name'] !== null) {
            $this->add($node->children['name'], $node, 'class');
        } elseif ($kind === 'AST_FUNC_DECL' || $kind === 'AST_METHOD') {
            $this->add($node->children['name'], $node, $kind === 'AST_METHOD' ? 'method' : 'function');
        } elseif ($kind === 'AST_PARAM' && ($node->flags & PROMOTED)) {
            $this->add($node->children['name'], $node, 'property');
        } elseif ($kind === 'AST_CALL') {
            $this->defines($node);
        }
        foreach ($node->children as $child) {
            $this->visit($child);
        }
    }

    private function defines(ast\Node $call): void
    {
        $name = $call->children['expr'];
        $given = $call->children['args']->children[0] ?? null;
        if ($name->kind === ast\AST_NAME && strtolower($name->children['name']) === 'define' && is_string($given)) {
            $this->add($given, $call, 'constant');
        }
    }
}

while (($path = fgets(STDIN)) !== false) {
    $path = rtrim($path, "\n");
    try {
        $root = ast\parse_file($path, VERSION);
    } catch (ParseError | CompileError) {
        continue;
    }
    $finder = new Finder();
    $finder->file($root);
    echo json_encode([$path, $finder->found], JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
"""


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    command = ["php", "-d", "error_reporting=0", "-r", PROGRAM]
    answer = subprocess.run(command, input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, answer.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
