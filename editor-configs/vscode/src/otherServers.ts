// Which languages have a language server of their own at work in this window: theirs is exact, ours goes by name.

const BY_EXTENSION: Readonly<Record<string, readonly string[]>> = {
  "astral-sh.ty": ["python"],
  "bmewburn.vscode-intelephense-client": ["php"],
  "dart-code.dart-code": ["dart"],
  "detachhead.basedpyright": ["python"],
  "elixir-lsp.elixir-ls": ["elixir"],
  "fwcd.kotlin": ["kotlin"],
  "golang.go": ["go"],
  "hashicorp.terraform": ["terraform"],
  "haskell.haskell": ["haskell"],
  "jakebecker.elixir-ls": ["elixir"],
  "llvm-vs-code-extensions.vscode-clangd": ["c", "cpp"],
  "mads-hartmann.bash-ide-vscode": ["shellscript"],
  "ms-dotnettools.csharp": ["csharp"],
  "ms-pyright.pyright": ["python"],
  "ms-python.python": ["python"],
  "ms-python.vscode-pylance": ["python"],
  "ms-vscode.cpptools": ["c", "cpp"],
  "ocamllabs.ocaml-platform": ["ocaml"],
  "oracle.oracle-java": ["java"],
  "redhat.java": ["java"],
  "redhat.vscode-yaml": ["yaml"],
  "rust-lang.rust-analyzer": ["rust"],
  "scala-lang.scala": ["scala"],
  "scalameta.metals": ["scala"],
  "shopify.ruby-lsp": ["ruby"],
  "sumneko.lua": ["lua"],
  "svelte.svelte-vscode": ["svelte"],
  "swiftlang.swift-vscode": ["swift"],
  "tamasfe.even-better-toml": ["toml"],
  "vscode.css-language-features": ["css", "scss", "less"],
  "vscode.html-language-features": ["html"],
  "vscode.json-language-features": ["json", "jsonc"],
  "vscode.markdown-language-features": ["markdown"],
  "vscode.typescript-language-features": ["javascript", "javascriptreact", "typescript", "typescriptreact"],
  "vue.volar": ["vue"],
  "ziglang.vscode-zig": ["zig"],
};

/** The language identifiers that another server answers, given which extensions are there and enabled. */
export function servedLanguages(isThere: (extension: string) => boolean): string[] {
  const served = Object.entries(BY_EXTENSION).flatMap(([extension, languages]) => (isThere(extension) ? languages : []));
  return [...new Set(served)].sort();
}
