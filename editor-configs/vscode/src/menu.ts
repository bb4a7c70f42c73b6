// What a click on the status bar offers.

import * as vscode from "vscode";
import { lines, type Status } from "./state";

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

const ACTIONS: readonly Entry[] = [
  { label: "$(search) Find a symbol", command: "workbench.action.showAllSymbols" },
  { label: "$(refresh) Reindex", detail: "Compare all folders with the disk anew", command: "codeindex.reindexWorkspace" },
  { label: "$(debug-restart) Restart the daemon", command: "codeindex.restartDaemon" },
  { label: "$(debug-restart) Restart the language server", command: "codeindex.restartServer" },
  { label: "$(output) Show the log", command: "codeindex.showLog" },
  { label: "$(gear) Settings", command: "codeindex.openSettings" },
];
const INSTALL: Entry = { label: "$(cloud-download) Install the command", command: "codeindex.install" };

/** Show the state and the actions, and do what is picked. Without a status there is no server. */
export async function showMenu(status: Status | undefined): Promise<void> {
  const state = (status ? lines(status) : []).map((label): Entry => ({ label: `$(info) ${label}` }));
  const title = status ? "codeindex" : "codeindex does not run";
  const actions = status ? ACTIONS : [INSTALL, ...ACTIONS.slice(3)];
  const separator: Entry = { label: "", kind: vscode.QuickPickItemKind.Separator };
  const picked = await vscode.window.showQuickPick([...state, separator, ...actions], { title });
  if (picked?.command) {
    await vscode.commands.executeCommand(picked.command);
  }
}
