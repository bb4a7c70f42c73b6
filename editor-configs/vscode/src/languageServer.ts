// `codeindex lsp` for this window: one server for all its folders.

import * as vscode from "vscode";
import {
  DidChangeConfigurationNotification, ExecuteCommandRequest, LanguageClient, type LanguageClientOptions,
  RevealOutputChannelOn, State,
} from "vscode-languageclient/node";
import type { Command } from "./locate";
import { servedLanguages } from "./otherServers";
import { serverSettings, type ServerSettings } from "./settings";
import type { FolderState, Status } from "./state";

/** Who wants to know of the server. */
export interface Listener {
  ran(runs: boolean): void;
  told(folder: FolderState): void;
}

export class LanguageServer {
  private readonly client: LanguageClient;

  constructor(command: Command, log: vscode.LogOutputChannel, listener: Listener) {
    const server = { command: command.file, args: ["lsp"] };
    this.client = new LanguageClient("codeindex", "codeindex", server, options(log));
    this.client.onDidChangeState(({ newState }) => {
      if (newState !== State.Starting) {
        listener.ran(newState === State.Running);
      }
    });
    this.client.onNotification("codeindex/status", (folder: FolderState) => listener.told(folder));
  }

  /** Returns once it answers. Throws if it cannot be started. */
  start(): Promise<void> {
    return this.client.start();
  }

  async stop(): Promise<void> {
    if (this.client.needsStop()) {
      await this.client.stop();
    }
    await this.client.dispose();
  }

  /** Have the settings as they are now count. */
  async configure(): Promise<void> {
    if (this.client.isRunning()) {
      await this.client.sendNotification(DidChangeConfigurationNotification.type, {
        settings: { codeindex: currentSettings() },
      });
    }
  }

  /** How far each folder is. */
  status(): Promise<Status> {
    return this.run("codeindex.status");
  }

  /** Run one of the server's commands. It answers with an `error` if it fails. */
  run<T>(command: "codeindex.status" | "codeindex.reindex" | "codeindex.restart"): Promise<T> {
    return this.client.sendRequest(ExecuteCommandRequest.type, { command }) as Promise<T>;
  }
}

function options(log: vscode.LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }],
    outputChannel: log,
    // What fails is in the log; the status bar says that it is there.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: currentSettings,
    middleware: {
      workspace: {
        configuration: (params, token, next) =>
          params.items.every((one) => one.section === "codeindex")
            ? params.items.map(() => currentSettings())
            : next(params, token),
      },
    },
  };
}

function currentSettings(): ServerSettings {
  const served = servedLanguages((id) => vscode.extensions.getExtension(id) !== undefined);
  return serverSettings(vscode.workspace.getConfiguration("codeindex"), served);
}
