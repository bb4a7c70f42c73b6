(* What OCaml's own parser sees: paths on stdin, one a line; on stdout a line with each path that it parses, followed by
   a line "\tname\tline\tkind" for each definition. See ocaml.py for what is counted. *)

open Parsetree

let found : (string * int * string) list ref = ref []

(* Whether the nearest definition around is a value, a function or a method. *)
let is_local = ref false

let add kind (name : string Location.loc) =
  found := (name.txt, name.loc.loc_start.pos_lnum, kind) :: !found

let inside local visit =
  let before = !is_local in
  is_local := local;
  visit ();
  is_local := before

let rec is_function expression =
  match expression.pexp_desc with
  | Pexp_fun _ | Pexp_function _ | Pexp_newtype _ -> true
  | Pexp_constraint (_, { ptyp_desc = Ptyp_arrow _; _ }) -> true
  | Pexp_constraint (inner, _) -> is_function inner
  | _ -> false

let rec takes = function
  | { ptyp_desc = Ptyp_arrow _; _ } -> true
  | { ptyp_desc = Ptyp_poly (_, inner); _ } -> takes inner
  | _ -> false

let bound_in pattern =
  let iterator =
    {
      Ast_iterator.default_iterator with
      pat =
        (fun self pattern ->
          (match pattern.ppat_desc with
          | Ppat_var name | Ppat_alias (_, name) -> add "variable" name
          | _ -> ());
          Ast_iterator.default_iterator.pat self pattern);
    }
  in
  iterator.pat iterator pattern

let binding self one =
  let is_code = is_function one.pvb_expr in
  (match one.pvb_pat.ppat_desc with
  | Ppat_var name -> if is_code || not !is_local then add "function" name
  | Ppat_constraint ({ ppat_desc = Ppat_var name; _ }, given) ->
      if is_code || takes given || not !is_local then add "function" name
  | Ppat_constant (Pconst_string (text, loc, _)) -> if text <> "" then add "test" { txt = text; loc }
  | _ -> if not !is_local then bound_in one.pvb_pat);
  inside true (fun () -> Ast_iterator.default_iterator.value_binding self one)

let iterator =
  let default = Ast_iterator.default_iterator in
  let members visit = inside false visit in
  {
    default with
    value_binding = binding;
    value_description =
      (fun self one ->
        add "function" one.pval_name;
        default.value_description self one);
    type_declaration =
      (fun self one ->
        add "type" one.ptype_name;
        default.type_declaration self one);
    constructor_declaration =
      (fun self one ->
        add "constructor" one.pcd_name;
        default.constructor_declaration self one);
    extension_constructor =
      (fun self one ->
        add "constructor" one.pext_name;
        default.extension_constructor self one);
    label_declaration =
      (fun self one ->
        add "field" one.pld_name;
        default.label_declaration self one);
    module_binding =
      (fun self one ->
        Option.iter (fun txt -> add "module" { one.pmb_name with txt }) one.pmb_name.txt;
        members (fun () -> default.module_binding self one));
    module_declaration =
      (fun self one ->
        Option.iter (fun txt -> add "module" { one.pmd_name with txt }) one.pmd_name.txt;
        members (fun () -> default.module_declaration self one));
    module_substitution =
      (fun self one ->
        add "module" one.pms_name;
        default.module_substitution self one);
    module_type_declaration =
      (fun self one ->
        add "interface" one.pmtd_name;
        members (fun () -> default.module_type_declaration self one));
    class_declaration =
      (fun self one ->
        add "class" one.pci_name;
        members (fun () -> default.class_declaration self one));
    class_description =
      (fun self one ->
        add "class" one.pci_name;
        default.class_description self one);
    class_type_declaration =
      (fun self one ->
        add "interface" one.pci_name;
        default.class_type_declaration self one);
    class_field =
      (fun self one ->
        (match one.pcf_desc with
        | Pcf_val (name, _, _) -> add "field" name
        | Pcf_method (name, _, _) -> add "method" name
        | _ -> ());
        inside true (fun () -> default.class_field self one));
    class_type_field =
      (fun self one ->
        (match one.pctf_desc with
        | Pctf_val (name, _, _, _) -> add "field" name
        | Pctf_method (name, _, _, _) -> add "method" name
        | _ -> ());
        default.class_type_field self one);
    expr =
      (fun self one ->
        (match one.pexp_desc with
        | Pexp_letmodule (name, inner, body) ->
            Option.iter (fun txt -> add "module" { name with txt }) name.txt;
            members (fun () -> self.module_expr self inner);
            self.expr self body
        | _ -> default.expr self one));
    with_constraint =
      (fun self one ->
        match one with
        | Pwith_type (_, given) | Pwith_typesubst (_, given) -> default.type_declaration self given
        | _ -> default.with_constraint self one);
  }

let read path =
  let channel = open_in_bin path in
  let buffer = Lexing.from_channel channel in
  Lexing.set_filename buffer path;
  found := [];
  if Filename.check_suffix path ".mli" then iterator.signature iterator (Parse.interface buffer)
  else iterator.structure iterator (Parse.implementation buffer);
  close_in channel;
  print_endline path;
  List.iter (fun (name, line, kind) -> Printf.printf "\t%s\t%d\t%s\n" (String.escaped name) line kind) (List.rev !found)

let () =
  ignore (Warnings.parse_options false "-a");
  try
    while true do
      let path = input_line stdin in
      try read path with Syntaxerr.Error _ | Lexer.Error _ -> ()
    done
  with End_of_file -> ()
