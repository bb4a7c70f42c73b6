// The user's settings, as the language server takes them.

/** By language (`*`: all), the features that are not ours to answer; `true` is all of them. */
export type Off = Record<string, boolean | readonly string[]>;

/** What the server is told, at its start and when it changes. */
export interface ServerSettings {
  off: Off;
  progress: boolean;
  /** Have the state of the index told, for the status bar. */
  status: true;
}

/** The part of `vscode.WorkspaceConfiguration` that is used. */
export interface Configuration {
  get<T>(section: string, defaultValue: T): T;
}

// Where VS Code shows the answers of all servers together, ours would stand beside the exact ones.
const ABOUT_A_DOCUMENT: readonly string[] = [
  "documentSymbol", "definition", "references", "hover", "documentHighlight", "callHierarchy", "typeHierarchy",
  "implementation",
];

/** The settings for the server. `served` are the languages that another server answers. */
export function serverSettings(configuration: Configuration, served: readonly string[]): ServerSettings {
  const yields = configuration.get("yieldToOthers", true) ? served : [];
  const off: Off = Object.fromEntries(yields.map((language) => [language, ABOUT_A_DOCUMENT]));
  // What the user says of a language counts alone, so that `"python": []` takes it back.
  return {
    off: { ...off, ...configuration.get<Off>("off", {}) },
    progress: configuration.get("progress", true),
    status: true,
  };
}
