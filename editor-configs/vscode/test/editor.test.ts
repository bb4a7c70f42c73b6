import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { Assistant, PROVIDER } from "../src/assistant";
import { Installer } from "../src/installer";
import { showMenu } from "../src/menu";
import { StatusBar } from "../src/statusBar";
import { folder, script } from "./files";
import { editor, workspace } from "./vscode";

const COMMAND = { file: "/bin/codeindex", version: "1.2.3" };
const DONE = { root: "/a/one", complete: true, indexedFiles: 3, totalFiles: 3, pendingFiles: 0, failedFiles: 0 };

function open(...paths: string[]) {
  workspace.workspaceFolders = paths.map((fsPath) => ({ uri: { scheme: "file", fsPath } }));
}

beforeEach(() => {
  Object.assign(editor, { items: [], executed: [], shown: [], settings: {}, pick: () => undefined });
  editor.answer = () => undefined;
});

test("one MCP server stands for all folders of the window, and follows them", () => {
  const assistant = new Assistant();
  let changes = 0;
  assistant.onDidChangeMcpServerDefinitions(() => changes++);
  open("/a/one", "/a/two");
  assert.equal(editor.providers.get(PROVIDER), assistant);
  assert.deepEqual(assistant.provideMcpServerDefinitions(), []);
  assistant.use(COMMAND);
  const [definition] = assistant.provideMcpServerDefinitions();
  assert.equal(definition?.command, "/bin/codeindex");
  assert.deepEqual(definition?.args, ["mcp", "--workspace", "/a/one", "--workspace", "/a/two"]);
  assert.equal(definition?.version, "1.2.3");
  assert.equal(definition?.cwd?.fsPath, "/a/one");
  editor.foldersChanged.fire();
  assert.equal(changes, 2);
  open();
  assert.deepEqual(assistant.provideMcpServerDefinitions(), []);
  assistant.dispose();
  assert.equal(editor.providers.size, 0);
});

test("the provider is the one that the manifest announces", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  assert.deepEqual(manifest.contributes.mcpServerDefinitionProviders, [{ id: PROVIDER, label: "codeindex" }]);
});

test("the status bar shows what runs and how far it is", () => {
  const bar = new StatusBar();
  const item = editor.items[0]!;
  assert.equal(item.text, "$(loading~spin) codeindex");
  assert.equal(item.command, "codeindex.menu");
  bar.become("running");
  bar.tell({ ...DONE, complete: false, indexedFiles: 1 });
  assert.equal(item.text, "$(sync~spin) codeindex 1/3");
  bar.tell(DONE);
  assert.equal(item.text, "$(check) codeindex");
  bar.become("missing");
  assert.equal(item.backgroundColor?.id, "statusBarItem.warningBackground");
  bar.become("running");
  assert.equal(item.text, "$(circle-outline) codeindex", "another server has told nothing yet");
  bar.tell(DONE);
  bar.forget(["/a/one"]);
  assert.equal(item.tooltip, "No folder is open.");
});

test("the menu shows the state and does what is picked", async () => {
  editor.pick = (items) => items.find((one) => one.label.includes("Reindex"));
  await showMenu({ folders: [{ ...DONE, symbols: 5, languages: {}, problems: [] }], daemon: null });
  assert.deepEqual(editor.executed, [["codeindex.reindexWorkspace"]]);
  let labels: string[] = [];
  editor.pick = (items) => {
    labels = items.map((one) => one.label);
    return items[0];
  };
  await showMenu({ folders: [{ ...DONE, symbols: 5, languages: {}, problems: [] }], daemon: null });
  assert.equal(labels[0], "$(info) one: 3 of 3 files, complete, 5 symbols");
  await showMenu(undefined);
  assert.ok(labels.some((one) => one.includes("Install")));
  assert.ok(!labels.some((one) => one.includes("Reindex")));
  assert.equal(editor.executed.length, 1, "a line of the state does nothing");
});

test("without the command the user may have it installed, with the package of the settings", async () => {
  const place = folder();
  const log = { lines: [] as string[], info: (line: string) => log.lines.push(line), warn() {}, error() {}, show() {} };
  script(place, "uv", `echo "$@"`);
  process.env["PATH"] = `${place}:${process.env["PATH"]}`;
  editor.settings = { package: "/a/checkout" };
  editor.answer = (_message, ...buttons) => buttons[0];
  editor.pick = (items) => items[0];
  const installer = new Installer(folder(), log as never);
  assert.equal(await installer.offer("it is not installed here."), true);
  assert.deepEqual(editor.shown, [["warning", "codeindex: it is not installed here."]]);
  assert.equal(log.lines.at(-1), "tool install --force /a/checkout");
  editor.answer = () => "Settings";
  assert.equal(await installer.offer("it is not installed here."), false);
  assert.deepEqual(editor.executed.at(-1), ["workbench.action.openSettings", "codeindex.command"]);
});

test("an installation that fails shows its log", async () => {
  const place = folder();
  let shown = false;
  const log = { info() {}, warn() {}, error() {}, show: () => (shown = true) };
  script(place, "uv", "exit 1");
  process.env["PATH"] = `${place}:${process.env["PATH"]}`;
  editor.pick = (items) => items[0];
  assert.equal(await new Installer(folder(), log as never).install(), false);
  assert.ok(shown);
});
