// The composition: find the command, start the language server, register the MCP server, show the state.

import { realpath } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { Assistant } from "./assistant";
import { Installer } from "./installer";
import { LanguageServer } from "./languageServer";
import type { Command } from "./locate";
import { showMenu } from "./menu";
import { lines } from "./state";
import { StatusBar } from "./statusBar";

class Sidecar {
  readonly log = vscode.window.createOutputChannel("codeindex", { log: true });
  private readonly bar = new StatusBar();
  private readonly assistant = new Assistant();
  private readonly installer: Installer;
  private server: LanguageServer | undefined;
  // Starts and stops, one after the other.
  private doing: Promise<void> = Promise.resolve();

  constructor(storage: vscode.Uri) {
    this.installer = new Installer(join(storage.fsPath, "environment"), this.log);
  }

  /** Start, or start anew with the settings as they are. */
  restart(): Promise<void> {
    this.doing = this.doing.then(() => this.stop()).then(() => this.start());
    return this.doing;
  }

  async install(): Promise<void> {
    if (await this.installer.install()) {
      await this.restart();
    }
  }

  async configure(): Promise<void> {
    await this.server?.configure();
  }

  async menu(): Promise<void> {
    await showMenu(await this.server?.status());
  }

  async showStatus(): Promise<void> {
    const status = await this.server?.status();
    void vscode.window.showInformationMessage(`codeindex: ${status ? lines(status).join(" · ") : "not running"}`);
  }

  async command(name: "codeindex.reindex" | "codeindex.restart"): Promise<void> {
    await this.server?.run(name);
  }

  /** Folders were closed. The server names them by their real paths. */
  async forget(closed: readonly vscode.WorkspaceFolder[]): Promise<void> {
    const given = closed.map((one) => one.uri.fsPath);
    this.bar.forget(await Promise.all(given.map((path) => realpath(path).catch(() => path))));
  }

  async dispose(): Promise<void> {
    await this.doing;
    await this.stop();
    for (const one of [this.assistant, this.bar, this.log]) {
      one.dispose();
    }
  }

  private async start(): Promise<void> {
    this.bar.become("starting");
    const command = await this.find();
    this.assistant.use(command);
    if (!command) {
      return;
    }
    this.log.info(`${command.file}, version ${command.version}`);
    this.server = new LanguageServer(command, this.log, {
      ran: (runs) => this.bar.become(runs ? "running" : "broken"),
      told: (folder) => this.bar.tell(folder),
    });
    try {
      await this.server.start();
      // What is told from now on are changes; this is how it stands.
      for (const folder of (await this.server.status()).folders ?? []) {
        this.bar.tell(folder);
      }
    } catch (error) {
      this.log.error(String(error));
    }
  }

  private async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    await server?.stop().catch((error) => this.log.warn(String(error)));
  }

  /** The command that runs. Without one the user may have it installed; nobody waits for that. */
  private async find(): Promise<Command | undefined> {
    let reason = "the codeindex command is not installed here.";
    try {
      const command = await this.installer.locate();
      if (command) {
        return command;
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    this.bar.become("missing");
    void this.installer.offer(reason).then((installed) => (installed ? this.restart() : undefined));
    return undefined;
  }
}

let sidecar: Sidecar | undefined;

/** VS Code has opened a window. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const own = new Sidecar(context.globalStorageUri);
  sidecar = own;
  const commands: Record<string, () => unknown> = {
    "codeindex.menu": () => own.menu(),
    "codeindex.showStatus": () => own.showStatus(),
    "codeindex.reindexWorkspace": () => own.command("codeindex.reindex"),
    "codeindex.restartDaemon": () => own.command("codeindex.restart"),
    "codeindex.restartServer": () => own.restart(),
    "codeindex.showLog": () => own.log.show(),
    "codeindex.openSettings": () => vscode.commands.executeCommand("workbench.action.openSettings", "codeindex"),
    "codeindex.install": () => own.install(),
  };
  context.subscriptions.push(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => own.forget(removed)),
    vscode.extensions.onDidChange(() => own.configure()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("codeindex.command")) {
        return own.restart();
      }
      return event.affectsConfiguration("codeindex") ? own.configure() : undefined;
    }),
  );
  await own.restart();
}

/** The window closes. */
export async function deactivate(): Promise<void> {
  await sidecar?.dispose();
}
