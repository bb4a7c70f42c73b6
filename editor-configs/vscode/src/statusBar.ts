// The item in the status bar: how far the index is; a click opens the menu.

import * as vscode from "vscode";
import { type Condition, type FolderState, label, tooltip } from "./state";

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("codeindex.status", vscode.StatusBarAlignment.Right, 50);
  private readonly folders = new Map<string, FolderState>();
  private condition: Condition = "starting";

  constructor() {
    this.item.name = "codeindex";
    this.item.command = "codeindex.menu";
    this.show();
    this.item.show();
  }

  /** What runs, or why nothing does. What was known of folders is the last server's. */
  become(condition: Condition): void {
    this.condition = condition;
    if (condition !== "running") {
      this.folders.clear();
    }
    this.show();
  }

  /** The server told of a folder. */
  tell(folder: FolderState): void {
    this.folders.set(folder.root, folder);
    this.show();
  }

  /** Folders were closed. */
  forget(roots: readonly string[]): void {
    for (const root of roots) {
      this.folders.delete(root);
    }
    this.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(): void {
    const folders = [...this.folders.values()];
    this.item.text = label(this.condition, folders);
    this.item.tooltip = tooltip(this.condition, folders);
    this.item.backgroundColor = ["missing", "broken"].includes(this.condition)
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
  }
}
