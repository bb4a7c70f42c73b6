// How far the index of this window's folders is, and the words for it.

import { basename } from "node:path";

/** What the server tells of one folder, as `codeindex/status`. */
export interface FolderState {
  root: string;
  complete: boolean;
  indexedFiles: number;
  totalFiles: number;
  pendingFiles: number;
  failedFiles: number;
}

/** What the command `codeindex.status` answers. */
export interface Status {
  error?: string;
  daemon?: { version: string; pid: number; uptime: number } | null;
  folders?: (FolderState & { symbols: number; languages: Record<string, number>; problems: unknown[] })[];
}

/** Whether there is anything to tell of an index. */
export type Condition = "missing" | "broken" | "starting" | "running";

const ICONS = { missing: "$(cloud-download)", broken: "$(warning)", starting: "$(loading~spin)" };

/** The status bar's text. */
export function label(condition: Condition, folders: readonly FolderState[]): string {
  if (condition !== "running") {
    return `${ICONS[condition]} codeindex`;
  }
  const indexing = folders.filter((one) => !one.complete);
  if (indexing.length > 0) {
    return `$(sync~spin) codeindex ${sum(indexing, "indexedFiles")}/${sum(indexing, "totalFiles")}`;
  }
  return folders.length > 0 ? "$(check) codeindex" : "$(circle-outline) codeindex";
}

/** The status bar's tooltip. */
export function tooltip(condition: Condition, folders: readonly FolderState[]): string {
  switch (condition) {
    case "missing":
      return "The codeindex command is not installed here, or does not run. Click to install it.";
    case "broken":
      return "The language server does not run. Its log says why.";
    case "starting":
      return "Starting…";
    case "running":
      return folders.length > 0 ? folders.map(describe).join("\n") : "No folder is open.";
  }
}

/** The lines of a whole status, for a person. */
export function lines(status: Status): string[] {
  if (status.error) {
    return [status.error];
  }
  const daemon = status.daemon ? [`daemon ${status.daemon.version}, pid ${status.daemon.pid}`] : [];
  const folders = (status.folders ?? []).map((one) => `${describe(one)}, ${one.symbols} symbols`);
  return [...folders, ...daemon];
}

function describe(folder: FolderState): string {
  const failed = folder.failedFiles > 0 ? `, ${folder.failedFiles} failed` : "";
  const state = folder.complete ? "complete" : "indexing";
  return `${basename(folder.root)}: ${folder.indexedFiles} of ${folder.totalFiles} files${failed}, ${state}`;
}

function sum(folders: readonly FolderState[], count: "indexedFiles" | "totalFiles"): number {
  return folders.reduce((total, one) => total + one[count], 0);
}
