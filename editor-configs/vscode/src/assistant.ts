// The MCP server, registered with VS Code itself: chat has it in every window, without any file.

import * as vscode from "vscode";
import type { Command } from "./locate";

export const PROVIDER = "codeindex.mcp";

export class Assistant implements vscode.McpServerDefinitionProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private command: Command | undefined;
  readonly onDidChangeMcpServerDefinitions = this.changed.event;

  constructor() {
    this.disposables.push(
      vscode.lm.registerMcpServerDefinitionProvider(PROVIDER, this),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()),
    );
  }

  /** Serve with this command from now on; with none, no server is listed. */
  use(command: Command | undefined): void {
    this.command = command;
    this.changed.fire();
  }

  /** One server for all folders of the window, so that an answer covers them all. */
  provideMcpServerDefinitions(): vscode.McpStdioServerDefinition[] {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === "file");
    if (!this.command || folders.length === 0) {
      return [];
    }
    const roots = folders.flatMap((one) => ["--workspace", one.uri.fsPath]);
    const { file, version } = this.command;
    const definition = new vscode.McpStdioServerDefinition("codeindex", file, ["mcp", ...roots], {}, version);
    definition.cwd = folders[0]!.uri;
    return [definition];
  }

  dispose(): void {
    for (const one of this.disposables) {
      one.dispose();
    }
  }
}
