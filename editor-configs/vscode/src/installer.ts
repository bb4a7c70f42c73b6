// Finding the command with the user's settings, and offering to install it where it is not.

import { homedir } from "node:os";
import * as vscode from "vscode";
import { install, type Way, ways } from "./install";
import { type Command, executable, folders, locate, type Places } from "./locate";

const INSTALL = "Install…";
const SETTINGS = "Settings";

export class Installer {
  constructor(
    private readonly environment: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** The command; undefined if there is none. Throws if it does not run. */
  locate(): Promise<Command | undefined> {
    return locate(this.places());
  }

  /** Tell the user that there is none, or none that runs; true if one is installed then. */
  async offer(reason: string): Promise<boolean> {
    this.log.warn(reason);
    const answer = await vscode.window.showWarningMessage(`codeindex: ${reason}`, INSTALL, SETTINGS);
    if (answer === SETTINGS) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "codeindex.command");
    }
    return answer === INSTALL && (await this.install());
  }

  /** Let the user choose a way, and install; true if it is done. */
  async install(): Promise<boolean> {
    const wanted = vscode.workspace.getConfiguration("codeindex").get("package", "codeindex-sidecar");
    const open = await ways(wanted, this.environment, (program) => executable(program, folders(this.places())));
    if (open.length === 0) {
      void vscode.window.showErrorMessage("codeindex: it takes uv, pipx or Python 3.11 to install it; there is none.");
      return false;
    }
    const chosen = await vscode.window.showQuickPick(open, { title: "Install codeindex", placeHolder: wanted });
    return chosen !== undefined && (await this.follow(chosen));
  }

  private async follow(way: Way): Promise<boolean> {
    const location = vscode.ProgressLocation.Notification;
    try {
      await vscode.window.withProgress({ location, title: `${way.label}: codeindex`, cancellable: true }, (_, token) => {
        const aborter = new AbortController();
        token.onCancellationRequested(() => aborter.abort());
        return install(way, (line) => this.log.info(line), aborter.signal);
      });
      return true;
    } catch (error) {
      this.log.error(String(error));
      this.log.show(true);
      return false;
    }
  }

  private places(): Places {
    const configured = vscode.workspace.getConfiguration("codeindex").get("command", "");
    return { configured, path: process.env["PATH"] ?? "", home: homedir(), environment: this.environment };
  }
}
