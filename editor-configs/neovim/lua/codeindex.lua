-- codeindex for Neovim 0.11 or later: starts with the project, finds symbols of every language, shows its state.
--
-- Have this folder on the runtime path (`vim.opt.runtimepath:append(DIR)`, or your plugin manager's `dir`), or copy its
-- `lua/` into your configuration's, and put into init.lua:
--
--     require("codeindex").setup()
--
-- Options, with their defaults, are in `M.options` below.

local M = {}

M.options = {
  cmd = { "codeindex", "lsp" },
  -- The first of these that is found at or above a file or folder is its project's root.
  root_markers = { ".codeindex.toml", ".git", ".hg", ".jj" },
  -- What another language server answers, by filetype ("*": in all): { python = { "definition", "hover" }, go = true }.
  -- Features: workspaceSymbol documentSymbol definition references hover documentHighlight callHierarchy typeHierarchy
  -- implementation.
  off = {},
  -- Leave to the other servers of a buffer what they answer there. What `off` says of a filetype counts alone.
  yield = true,
  -- Maps this key to the symbol picker; false maps none.
  key = "<leader>cs",
}

-- By root: what the server said last of its index.
M.state = {}

-- By filetype: the features that other servers answer.
local served = {}

local PROVIDERS = {
  documentSymbol = "documentSymbolProvider",
  definition = "definitionProvider",
  references = "referencesProvider",
  hover = "hoverProvider",
  documentHighlight = "documentHighlightProvider",
  callHierarchy = "callHierarchyProvider",
  typeHierarchy = "typeHierarchyProvider",
  implementation = "implementationProvider",
}

local function report(text, level)
  vim.notify("codeindex: " .. text, level or vim.log.levels.INFO)
end

local function root_of(path)
  return vim.fs.root(path, M.options.root_markers)
end

local function settings()
  local off = vim.tbl_extend("keep", M.options.off, served)
  return { off = next(off) and off or nil, status = true }
end

-- Look at who else answers for a buffer, but for the client that is just leaving it.
local function observe(buffer, leaving)
  local features = {}
  for feature, provider in vim.spairs(PROVIDERS) do
    for _, client in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
      if client.name ~= "codeindex" and client.id ~= leaving and client.server_capabilities[provider] then
        table.insert(features, feature)
        break
      end
    end
  end
  local filetype = vim.bo[buffer].filetype
  features = #features > 0 and features or nil
  if not vim.deep_equal(served[filetype], features) then
    served[filetype] = features
    for _, client in ipairs(vim.lsp.get_clients({ name = "codeindex" })) do
      client:notify("workspace/didChangeConfiguration", { settings = { codeindex = settings() } })
    end
  end
end

local function config(root)
  return {
    name = "codeindex",
    cmd = M.options.cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fs.basename(root) } },
    -- An assistant sees what is typed as soon as it is told; the server gathers fast typing itself.
    flags = { debounce_text_changes = 10 },
    init_options = settings(),
    handlers = {
      ["codeindex/status"] = function(_, status)
        M.state[status.root] = status
        vim.cmd.redrawstatus()
      end,
    },
  }
end

-- The client of a buffer, of any buffer, or nil.
function M.client(buffer)
  return vim.lsp.get_clients({ name = "codeindex", bufnr = buffer })[1] or vim.lsp.get_clients({ name = "codeindex" })[1]
end

-- Start for a buffer's project, if it is a file of one.
function M.attach(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].buftype ~= "" or name == "" or name:match("^%w+://") then
    return
  end
  local root = root_of(name)
  if root then
    vim.lsp.start(config(root), { bufnr = buffer })
  end
end

-- Start for the folder that was opened, before any file is.
function M.start()
  local given = vim.fn.argc() > 0 and vim.fn.argv(0) or vim.fn.getcwd()
  local root = root_of(vim.fs.abspath(given))
  if root and not vim.lsp.get_clients({ name = "codeindex" })[1] then
    vim.lsp.start(config(root), { attach = false })
  end
end

-- Pick a symbol and go to it. The query is in the search grammar: HTRes, parse cookie, kind:class lang:go greeter.
function M.pick(query)
  local client = M.client(0)
  if not client then
    return report("no project is open", vim.log.levels.WARN)
  end
  if not query or query == "" then
    return vim.ui.input({ prompt = "Symbol: " }, function(typed)
      if typed and typed ~= "" then
        M.pick(typed)
      end
    end)
  end
  client:request("workspace/symbol", { query = query }, function(err, found)
    if err or not found or #found == 0 then
      return report(err and err.message or ("nothing is called " .. query))
    end
    vim.ui.select(found, {
      prompt = "Symbols",
      kind = "codeindex",
      format_item = function(item)
        local path = vim.fs.relpath(client.root_dir, vim.uri_to_fname(item.location.uri)) or item.location.uri
        local line = item.location.range.start.line + 1
        local name = item.containerName and (item.containerName .. "." .. item.name) or item.name
        return ("%s  [%s]  %s:%d"):format(name, vim.lsp.protocol.SymbolKind[item.kind], path, line)
      end,
    }, function(item)
      if item then
        vim.lsp.util.show_document(item.location, client.offset_encoding, { focus = true })
      end
    end)
  end)
end

-- Run one of the server's commands.
function M.command(name, handler)
  local client = M.client(0)
  if not client then
    return report("no project is open", vim.log.levels.WARN)
  end
  client:request("workspace/executeCommand", { command = "codeindex." .. name }, function(err, result)
    if err then
      report(err.message, vim.log.levels.ERROR)
    elseif handler then
      handler(result)
    else
      report(name .. " done")
    end
  end)
end

local function show_status(status)
  local lines = {}
  for _, folder in ipairs(status.folders or {}) do
    local state = folder.complete and "complete" or (folder.pendingFiles .. " pending")
    table.insert(lines, ("%s: %d of %d files, %d symbols, %s"):format(
      folder.root, folder.indexedFiles, folder.totalFiles, folder.symbols, state))
  end
  if status.daemon then
    table.insert(lines, ("daemon %s, pid %d"):format(status.daemon.version, status.daemon.pid))
  end
  report(status.error or table.concat(lines, "\n"))
end

local subcommands = {
  search = function(rest) M.pick(rest) end,
  status = function() M.command("status", show_status) end,
  reindex = function() M.command("reindex") end,
  restart = function() M.command("restart") end,
  log = function() vim.cmd.edit(vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path()) end,
}

-- For a status line: vim.o.statusline = "%f %{v:lua.require'codeindex'.statusline()}"
function M.statusline()
  local client = M.client(0)
  if not client then
    return ""
  end
  local status = M.state[vim.uv.fs_realpath(client.root_dir) or client.root_dir]
  if not status then
    return "codeindex …"
  end
  return status.complete and "codeindex ✓" or ("codeindex %d/%d"):format(status.indexedFiles, status.totalFiles)
end

-- :checkhealth codeindex
function M.check()
  local health = vim.health
  health.start("codeindex")
  if vim.fn.has("nvim-0.11") == 1 then
    health.ok("Neovim " .. tostring(vim.version()))
  else
    health.error("Neovim 0.11 or later is needed")
  end
  if vim.fn.executable(M.options.cmd[1]) == 1 then
    health.ok(vim.fn.exepath(M.options.cmd[1]))
  else
    health.error(M.options.cmd[1] .. " is not on the path", { "uv tool install codeindex-sidecar", "or set `cmd` in setup()" })
    return
  end
  local client = M.client()
  if not client then
    return health.warn("not started: open a file or folder of a project (" .. table.concat(M.options.root_markers, ", ") .. ")")
  end
  health.ok("serves " .. client.root_dir .. ", positions in " .. client.offset_encoding)
  local answer = client:request_sync("workspace/executeCommand", { command = "codeindex.status" }, 5000)
  local status = answer and answer.result
  if not status or status.error or not status.daemon then
    return health.error("the daemon does not answer: " .. ((status or {}).error or "see :CodeIndex log"), { "codeindex doctor" })
  end
  health.ok(("daemon %s, pid %d"):format(status.daemon.version, status.daemon.pid))
  for _, folder in ipairs(status.folders) do
    local text = ("%s: %d of %d files, %d symbols"):format(folder.root, folder.indexedFiles, folder.totalFiles, folder.symbols)
    if folder.complete then
      health.ok(text)
    else
      health.info(text .. ", still indexing")
    end
  end
end

function M.setup(options)
  M.options = vim.tbl_deep_extend("force", M.options, options or {})
  local group = vim.api.nvim_create_augroup("codeindex", {})
  vim.api.nvim_create_autocmd({ "BufReadPost", "BufNewFile", "BufWritePost", "BufFilePost" }, {
    group = group,
    -- Once the filetype is known.
    callback = vim.schedule_wrap(function(event)
      if vim.api.nvim_buf_is_loaded(event.buf) then
        M.attach(event.buf)
      end
    end),
  })
  if M.options.yield then
    vim.api.nvim_create_autocmd({ "LspAttach", "LspDetach" }, {
      group = group,
      callback = function(event)
        observe(event.buf, event.event == "LspDetach" and event.data.client_id or nil)
      end,
    })
  end
  if vim.v.vim_did_enter == 1 then
    M.start()
  else
    vim.api.nvim_create_autocmd("VimEnter", { group = group, callback = M.start })
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      M.attach(buffer)
    end
  end
  vim.api.nvim_create_user_command("CodeIndex", function(given)
    local name, rest = given.args:match("^%s*(%S*)%s*(.*)$")
    local run = subcommands[name]
    if run then
      run(rest)
    else
      M.pick(given.args)
    end
  end, {
    nargs = "*",
    desc = "codeindex: find a symbol, or search, status, reindex, restart, log",
    complete = function(lead)
      return vim.tbl_filter(function(name) return vim.startswith(name, lead) end, vim.tbl_keys(subcommands))
    end,
  })
  if M.options.key then
    vim.keymap.set("n", M.options.key, function() M.pick() end, { desc = "codeindex: find a symbol" })
  end
end

return M
