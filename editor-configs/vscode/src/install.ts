// The ways to install the command in an environment of its own, where nothing else can break it.

import { spawn } from "node:child_process";
import { join } from "node:path";

/** One way: its commands, to be run one after the other. */
export interface Way {
  label: string;
  detail: string;
  steps: string[][];
}

/** The ways that are open here, the best first. `find` gives the path of a program, if there is one. */
export async function ways(
  wanted: string,
  environment: string,
  find: (program: string) => Promise<string | undefined>,
): Promise<Way[]> {
  const [uv, pipx, python] = await Promise.all(["uv", "pipx", "python3"].map(find));
  const found: Way[] = [];
  if (uv) {
    found.push(way("uv", "as a tool of yours, on your path", [[uv, "tool", "install", "--force", wanted]]));
  }
  if (pipx) {
    found.push(way("pipx", "in an environment of its own, on your path", [[pipx, "install", "--force", wanted]]));
  }
  if (python) {
    const pip = join(environment, "bin", "python");
    found.push(
      way("pip", "in an environment of this extension, found by it alone", [
        [python, "-m", "venv", "--clear", environment],
        [pip, "-m", "pip", "install", "--upgrade", wanted],
      ]),
    );
  }
  return found;
}

/** Run the commands of a way; what they say goes to `log`. Throws at the first that fails, or if it is cancelled. */
export async function install(way: Way, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  for (const step of way.steps) {
    log(`> ${step.join(" ")}`);
    await run(step, log, signal);
  }
}

function way(program: string, detail: string, steps: string[][]): Way {
  return { label: `Install with ${program}`, detail: `${detail}: ${steps.at(-1)?.slice(1).join(" ")}`, steps };
}

function run([program = "", ...args]: string[], log: (line: string) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`${program} ${args.join(" ")} ended with ${code}`));
      }
    });
  });
}
