// A stand-in for the part of the editor's module that the tested files use. It records, and answers as it was told.

type Listener<T> = (event: T) => unknown;

export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(event: T): void {
    for (const listener of this.listeners) {
      listener(event);
    }
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class McpStdioServerDefinition {
  cwd: unknown;
  constructor(
    readonly label: string,
    readonly command: string,
    readonly args: string[],
    readonly env: object,
    readonly version: string,
  ) {}
}

export enum StatusBarAlignment { Left = 1, Right = 2 }
export enum QuickPickItemKind { Separator = -1, Default = 0 }
export enum ProgressLocation { Notification = 15 }

/** What the tested code did, and what the user answers. */
export const editor = {
  items: [] as { text: string; tooltip: string; command: string; backgroundColor: ThemeColor | undefined }[],
  providers: new Map<string, unknown>(),
  foldersChanged: new EventEmitter<void>(),
  executed: [] as unknown[][],
  shown: [] as unknown[][],
  settings: {} as Record<string, unknown>,
  pick: (_items: { label: string }[]): unknown => undefined,
  answer: (_message: string, ..._buttons: string[]): string | undefined => undefined,
};

export const window = {
  createStatusBarItem: () => {
    const item = { text: "", tooltip: "", command: "", backgroundColor: undefined, show() {}, dispose() {} };
    editor.items.push(item);
    return item;
  },
  showQuickPick: async (items: { label: string }[]) => editor.pick(items),
  showWarningMessage: async (message: string, ...buttons: string[]) => {
    editor.shown.push(["warning", message]);
    return editor.answer(message, ...buttons);
  },
  showErrorMessage: async (message: string) => {
    editor.shown.push(["error", message]);
  },
  withProgress: (_options: object, run: (progress: object, token: object) => Promise<void>) =>
    run({}, { onCancellationRequested: () => undefined }),
};

export const workspace = {
  workspaceFolders: undefined as { uri: { scheme: string; fsPath: string } }[] | undefined,
  onDidChangeWorkspaceFolders: editor.foldersChanged.event,
  getConfiguration: () => ({ get: (name: string, otherwise: unknown) => editor.settings[name] ?? otherwise }),
};

export const commands = {
  executeCommand: async (...given: unknown[]) => {
    editor.executed.push(given);
  },
};

export const lm = {
  registerMcpServerDefinitionProvider: (id: string, provider: unknown) => {
    editor.providers.set(id, provider);
    return { dispose: () => editor.providers.delete(id) };
  },
};
