# What Elixir's own parser sees: paths on stdin, one a line; on stdout a line with each path that it parses, followed by
# a line `\tname\tline\tkind` for each definition. See elixir.py for what is counted.

defmodule Finder do
  @functions ~w(def defp defmacro defmacrop defguard defguardp defdelegate defn defnp)a
  @types ~w(type typep opaque callback macrocallback)a
  @structs ~w(defstruct defexception)a
  @directives ~w(moduledoc doc typedoc spec behaviour impl moduletag tag describetag optional_callbacks dialyzer
    compile derive enforce_keys before_compile after_compile on_load on_definition external_resource deprecated
    since vsn file nifs)a

  def file(text) do
    encoder = fn literal, meta -> {:ok, {:__block__, meta, [literal]}} end

    with {:ok, tree} <- Code.string_to_quoted(text, columns: true, literal_encoder: encoder, emit_warnings: false) do
      Process.put(:found, [])
      Process.put(:seen, MapSet.new())
      visit(tree, {:file, 0})
      {:ok, Enum.reverse(Process.get(:found))}
    end
  end

  # `owner` is what the nearest definition around is, and the number that tells it from others.
  defp visit({word, _, [name | _]} = node, owner) when word in [:defmodule, :defprotocol] do
    aliased(name, "module")
    inside(node, {:module, unique(name)}, owner)
  end

  defp visit({:defimpl, _, [protocol | rest]} = node, owner) do
    aliased(implemented(rest) || protocol, "module")
    inside(node, {:module, unique(protocol)}, owner)
  end

  defp visit({word, _, [head | _]} = node, owner) when word in @functions do
    function(head, owner)
    inside(node, {:function, unique(head)}, owner)
  end

  defp visit({:@, _, [{word, _, [given]}]} = node, owner) when word in @types do
    specified(given)
    inside(node, owner, owner)
  end

  defp visit({:@, meta, [{name, _, [_]}]} = node, {:module, _} = owner) when name not in @directives do
    once({owner, name}, "@#{name}", meta[:line], "constant")
    inside(node, owner, owner)
  end

  defp visit({word, _, [{:__block__, _, [fields]}]} = node, owner) when word in @structs and is_list(fields) do
    Enum.each(fields, &field/1)
    inside(node, owner, owner)
  end

  defp visit({word, _, [fields]} = node, owner) when word in @structs and is_list(fields) do
    Enum.each(fields, &field/1)
    inside(node, owner, owner)
  end

  defp visit(node, owner), do: inside(node, owner, owner)

  defp inside({form, _, arguments}, owner, _), do: each([form, arguments], owner)
  defp inside({left, right}, owner, _), do: each([left, right], owner)
  defp inside(list, owner, _) when is_list(list), do: each(list, owner)
  defp inside(_, _, _), do: :ok

  defp each(nodes, owner), do: Enum.each(nodes, &visit(&1, owner))

  defp aliased({:__aliases__, meta, parts}, kind) do
    if Enum.all?(parts, &is_atom/1), do: add(List.last(parts), (meta[:last] || meta)[:line], kind)
  end

  defp aliased(_, _), do: :ok

  defp implemented([options | _]) when is_list(options) do
    Enum.find_value(options, fn
      {{:__block__, _, [:for]}, {:__block__, _, [[first | _]]}} -> first
      {{:__block__, _, [:for]}, target} -> target
      _ -> nil
    end)
  end

  defp implemented(_), do: nil

  defp function({:when, _, [head | _]}, owner), do: function(head, owner)

  defp function({name, meta, arguments}, owner) when is_atom(name) and name not in [:unquote, :__block__] do
    arity = if is_list(arguments), do: length(arguments), else: 0
    once({owner, name, arity}, name, meta[:line], "function")
  end

  defp function(_, _), do: :ok

  defp specified({:when, _, [given | _]}), do: specified(given)

  defp specified({:"::", _, [{name, meta, _} | _]}) when is_atom(name) and name != :unquote do
    add(name, meta[:line], "type")
  end

  defp specified(_), do: :ok

  defp field({{:__block__, meta, [name]}, _}) when is_atom(name), do: add(name, meta[:line], "field")
  defp field({:__block__, meta, [name]}) when is_atom(name), do: add(name, meta[:line], "field")
  defp field(_), do: :ok

  defp unique({_, meta, _}) when is_list(meta), do: {meta[:line], meta[:column]}
  defp unique(_), do: 0

  defp once(key, name, line, kind) do
    seen = Process.get(:seen)

    unless MapSet.member?(seen, key) do
      Process.put(:seen, MapSet.put(seen, key))
      add(name, line, kind)
    end
  end

  defp add(name, line, kind), do: Process.put(:found, [{name, line, kind} | Process.get(:found)])
end

for path <- IO.stream(:stdio, :line), path = String.trim_trailing(path, "\n") do
  with {:ok, found} <- Finder.file(File.read!(path)) do
    IO.puts(path)
    Enum.each(found, fn {name, line, kind} -> IO.puts("\t#{name}\t#{line}\t#{kind}") end)
  end
end
