// Where the `codeindex` command is on the machine that the workspace lies on, and whether it runs.

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Where to look. */
export interface Places {
  /** The user's own path of the command, or "". It is not second-guessed. */
  configured: string;
  /** The value of PATH. An editor that was not started from a terminal has a short one. */
  path: string;
  /** The user's home: uv and pipx link commands into `.local/bin`. */
  home: string;
  /** The folder of this extension's own environment. */
  environment: string;
}

/** A command that runs. */
export interface Command {
  file: string;
  version: string;
}

const START_MS = 20_000;

/** The first executable of a name in these folders. */
export async function executable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    if (folder && (await isExecutable(file))) {
      return file;
    }
  }
  return undefined;
}

/** The folders to look in, those on the path first. */
export function folders(places: Places): string[] {
  return [...places.path.split(delimiter), join(places.home, ".local", "bin"), join(places.environment, "bin")];
}

/** The command; undefined if it is nowhere. Throws if what is there does not run, with what it said. */
export async function locate(places: Places): Promise<Command | undefined> {
  const file = places.configured || (await executable("codeindex", folders(places)));
  if (!file) {
    return undefined;
  }
  try {
    const { stdout } = await promisify(execFile)(file, ["--version"], { timeout: START_MS });
    return { file, version: stdout.trim().replace(/^codeindex /, "") };
  } catch (error) {
    throw new Error(`${file} does not run: ${error instanceof Error ? error.message : error}`);
  }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
