//! Paths in on stdin, one a line; out come "F path" for each that syn parses, and "D kind line name" for its definitions.

use std::io::{self, BufRead, Write};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};

struct Definitions<W: Write> {
    out: W,
}

impl<W: Write> Definitions<W> {
    fn define(&mut self, kind: &str, name: &Ident) {
        if name != "_" {
            let line = name.span().start().line;
            writeln!(self.out, "D {kind} {line} {}", name.unraw()).expect("stdout is open");
        }
    }

    /// What a `pub use` is called for others.
    fn reexport(&mut self, group: Option<&Ident>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.reexport(Some(&path.ident), &path.tree),
            syn::UseTree::Name(name) if name.ident == "self" => {
                if let Some(name) = group {
                    self.define("reexport", name);
                }
            }
            syn::UseTree::Name(name) => self.define("reexport", &name.ident),
            syn::UseTree::Rename(rename) => self.define("reexport", &rename.rename),
            syn::UseTree::Glob(_) => {}
            syn::UseTree::Group(trees) => trees.items.iter().for_each(|tree| self.reexport(group, tree)),
        }
    }

    /// What a macro is given where an item stands: items, alone or in braces. Where syn cannot parse them as such, their
    /// beginnings: `const NAME = …`, `static ref NAME: …`, `struct NAME: …`, `struct NAME(…`, `union NAME {…`, `fn NAME(…`.
    fn tokens(&mut self, tokens: TokenStream) {
        if let Ok(found) = items.parse2(tokens.clone()) {
            found.iter().for_each(|item| Visit::visit_item(self, item));
            return;
        }
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = 0;
        for (index, tree) in trees.iter().enumerate() {
            if index < rest {
                continue;
            }
            if let Some((item, length)) = whole(&trees[index..]) {
                Visit::visit_item(self, &item);
                rest = index + length;
                continue;
            }
            match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => self.tokens(group.stream()),
                TokenTree::Ident(word) => self.near_item(&word.to_string(), &trees[index + 1..]),
                _ => {}
            }
        }
    }

    fn near_item(&mut self, word: &str, rest: &[TokenTree]) {
        let kind = match word {
            "const" => "constant",
            "static" => "variable",
            "struct" | "union" => "struct",
            "fn" => "function",
            _ => return,
        };
        let rest = match rest {
            [TokenTree::Ident(between), rest @ ..] if between == "ref" || between == "mut" => rest,
            rest => rest,
        };
        let (name, begins) = match rest {
            [TokenTree::Ident(name), TokenTree::Punct(sign), ..] if kind == "function" => (name, sign.as_char() == '<'),
            [TokenTree::Ident(_), TokenTree::Punct(sign), TokenTree::Punct(next), ..]
                if sign.as_char() == ':' && next.as_char() == ':' =>
            {
                return;
            }
            [TokenTree::Ident(name), TokenTree::Punct(sign), ..] => (name, ":=<".contains(sign.as_char())),
            [TokenTree::Ident(name), TokenTree::Group(_), ..] => (name, kind == "function" || kind == "struct"),
            _ => return,
        };
        if begins {
            self.define(kind, name);
        }
    }
}

/// The type, trait or module that these tokens begin with, with a body in braces, and how many tokens it has.
fn whole(trees: &[TokenTree]) -> Option<(syn::Item, usize)> {
    let opens = matches!(trees, [TokenTree::Ident(word), TokenTree::Ident(_), ..]
        if ["enum", "struct", "union", "trait", "mod"].contains(&word.to_string().as_str()));
    if !opens {
        return None;
    }
    let is_body = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let length = trees.iter().position(is_body)? + 1;
    let item = syn::parse2(trees[..length].iter().cloned().collect()).ok()?;
    Some((item, length))
}

fn items(input: ParseStream) -> syn::Result<Vec<syn::Item>> {
    let mut found = Vec::new();
    syn::Attribute::parse_inner(input)?;
    while !input.is_empty() {
        match input.parse()? {
            syn::Item::Verbatim(_) => return Err(input.error("no item")),
            item => found.push(item),
        }
    }
    Ok(found)
}

/// Whether what a macro is given is code for another place.
fn is_quotation(path: &syn::Path) -> bool {
    path.segments.last().map_or(false, |last| last.ident.to_string().contains("quote"))
}

fn is_public(visibility: &syn::Visibility) -> bool {
    !matches!(visibility, syn::Visibility::Inherited)
}

macro_rules! define {
    ($($method:ident $type:ident $kind:literal $($field:ident).+;)*) => {
        $(
            fn $method(&mut self, node: &'ast syn::$type) {
                self.define($kind, &node.$($field).+);
                visit::$method(self, node);
            }
        )*
    };
}

impl<'ast, W: Write> Visit<'ast> for Definitions<W> {
    define! {
        visit_item_fn ItemFn "function" sig.ident;
        visit_impl_item_method ImplItemMethod "method" sig.ident;
        visit_trait_item_method TraitItemMethod "method" sig.ident;
        visit_foreign_item_fn ForeignItemFn "function" sig.ident;
        visit_item_struct ItemStruct "struct" ident;
        visit_item_union ItemUnion "struct" ident;
        visit_item_enum ItemEnum "enum" ident;
        visit_variant Variant "enum_member" ident;
        visit_item_trait ItemTrait "interface" ident;
        visit_item_trait_alias ItemTraitAlias "interface" ident;
        visit_item_type ItemType "class" ident;
        visit_impl_item_type ImplItemType "class" ident;
        visit_trait_item_type TraitItemType "class" ident;
        visit_foreign_item_type ForeignItemType "class" ident;
        visit_item_const ItemConst "constant" ident;
        visit_impl_item_const ImplItemConst "constant" ident;
        visit_trait_item_const TraitItemConst "constant" ident;
        visit_item_static ItemStatic "variable" ident;
        visit_foreign_item_static ForeignItemStatic "variable" ident;
        visit_item_mod ItemMod "module" ident;
        visit_item_macro2 ItemMacro2 "macro" ident;
    }

    fn visit_field(&mut self, node: &'ast syn::Field) {
        if let Some(name) = &node.ident {
            self.define("field", name);
        }
        visit::visit_field(self, node);
    }

    fn visit_item_use(&mut self, node: &'ast syn::ItemUse) {
        if is_public(&node.vis) {
            self.reexport(None, &node.tree);
        }
    }

    fn visit_item_extern_crate(&mut self, node: &'ast syn::ItemExternCrate) {
        if is_public(&node.vis) {
            self.define("reexport", node.rename.as_ref().map_or(&node.ident, |(_, name)| name));
        }
    }

    fn visit_item_macro(&mut self, node: &'ast syn::ItemMacro) {
        match &node.ident {
            Some(name) => self.define("macro", name),
            None if is_quotation(&node.mac.path) => {}
            None => self.tokens(node.mac.tokens.clone()),
        }
    }

    fn visit_impl_item_macro(&mut self, node: &'ast syn::ImplItemMacro) {
        self.tokens(node.mac.tokens.clone());
    }

    fn visit_trait_item_macro(&mut self, node: &'ast syn::TraitItemMacro) {
        self.tokens(node.mac.tokens.clone());
    }

    fn visit_foreign_item_macro(&mut self, node: &'ast syn::ForeignItemMacro) {
        self.tokens(node.mac.tokens.clone());
    }
}

fn main() -> io::Result<()> {
    let mut found = Definitions { out: io::BufWriter::new(io::stdout().lock()) };
    for path in io::stdin().lock().lines() {
        let path = path?;
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if let Ok(file) = syn::parse_file(&text) {
            writeln!(found.out, "F {path}")?;
            found.visit_file(&file);
        }
    }
    found.out.flush()
}
