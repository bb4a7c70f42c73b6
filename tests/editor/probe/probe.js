// Chat's way to an MCP server is `vscode.lm.invokeTool`; no model stands between here. A test writes a question,
// {"id", "tool", "input"}, as question.json into the folder that PROBE names, and reads answer.json.

const { renameSync, watch, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const vscode = require("vscode");

const folder = process.env["PROBE"];

async function answer({ id, tool, input }) {
  const named = vscode.lm.tools.find((one) => one.name.endsWith(tool));
  if (!named) {
    return { id, tools: vscode.lm.tools.map((one) => one.name) };
  }
  const result = await vscode.lm.invokeTool(named.name, { input, toolInvocationToken: undefined });
  return { id, text: result.content.map((part) => part.value ?? "").join("\n") };
}

exports.activate = (context) => {
  const watcher = watch(folder, async (_event, name) => {
    if (name === "question.json") {
      const question = JSON.parse(readFileSync(join(folder, name), "utf8"));
      const said = await answer(question).catch((error) => ({ id: question.id, error: String(error) }));
      writeFileSync(join(folder, "answer.new"), JSON.stringify(said));
      renameSync(join(folder, "answer.new"), join(folder, "answer.json"));
    }
  });
  context.subscriptions.push({ dispose: () => watcher.close() });
};
