-- In your configuration: require("codecompanion").setup({ mcp = require("codeindex_codecompanion") })
return {
  servers = {
    codeindex = {
      cmd = { "codeindex", "mcp" },
      roots = function()
        local folder = vim.fs.root(0, ".git") or vim.fn.getcwd()
        return { { uri = vim.uri_from_fname(folder), name = vim.fs.basename(folder) } }
      end,
    },
  },
  opts = { default_servers = { "codeindex" } },
}
