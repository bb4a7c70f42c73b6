// A page in a browser, driven line by line: {"method": "keyboard.press", "args": ["Enter"]} on stdin, the result or the
// error on stdout. Arguments: the browser's program. NODE_PATH leads to playwright-core.

const { createInterface } = require("node:readline");
const { chromium } = require("playwright-core");

async function main() {
  const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  for await (const line of createInterface({ input: process.stdin })) {
    const { method, args } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await call(page, method.split("."), args))}\n`);
  }
  await browser.close();
}

async function call(page, names, args) {
  const target = names.slice(0, -1).reduce((object, name) => object[name], page);
  try {
    const result = await target[names.at(-1)](...args);
    // What is no data, a handle for one, stays here.
    return { result: names[0] === "evaluate" ? result : null };
  } catch (error) {
    return { error: error.message };
  }
}

main();
