// redis-commander, a web page to look at Redis with, in a browser: node redis_commander.mjs URL CHROMIUM

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { createClient } from "redis";

const [url, browserPath] = process.argv.slice(2);
const PROGRAM = "node_modules/redis-commander/bin/redis-commander.js";
const NO_NETWORK = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

let home, commander, browser, page, client;
const complaints = [];

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

before(async () => {
  client = await createClient({ url }).connect();
  await client.flushAll();
  await client.set("game:string", "hello");
  await client.rPush("game:list", ["one", "two", "three"]);
  await client.sAdd("game:set", ["member"]);
  await client.hSet("game:hash", { field: "value" });
  await client.zAdd("game:zset", [{ score: 1.5, value: "player" }]);
  await client.xAdd("game:stream", "1-1", { event: "joined" });

  home = await mkdtemp(join(tmpdir(), "redis-commander-"));
  const port = await freePort();
  const { hostname, port: redisPort } = new URL(url);
  const options = ["--redis-host", hostname, "--redis-port", redisPort, "-a", "127.0.0.1", "-p", port];
  commander = spawn("node", [PROGRAM, ...options, "--noload", "--nosave"], {
    env: { ...process.env, HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  commander.stderr.on("data", (data) => complaints.push(String(data)));
  const log = createInterface({ input: commander.stdout });
  await new Promise((connected) => {
    log.on("line", (line) => {
      if (line.startsWith("Redis Connection")) connected();
      if (/not supported|error/i.test(line)) complaints.push(line);
    });
  });

  browser = await chromium.launch({ executablePath: browserPath, args: NO_NETWORK });
  page = await browser.newPage();
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(`http://127.0.0.1:${port}/`);
});

after(async () => {
  await browser?.close();
  if (commander) {
    const ended = once(commander, "exit");
    commander.kill();
    await ended;
  }
  await rm(home, { recursive: true, force: true });
  await client?.quit();
});

const tree = () => page.locator("#keyTree");
// The page reads its tree anew after each change, and closes what was open at a moment of its own.
async function again(action) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 8) throw error;
      await page.evaluate(() => window.$("#keyTree").jstree("open_all"));
    }
  }
}

const PATIENCE = { timeout: 3000 };
const choose = (name) =>
  again(() => tree().locator("a.jstree-anchor", { hasText: new RegExp(`^${name}`) }).click(PATIENCE));
const sees = (...texts) => Promise.all(texts.map((text) => page.locator("#body").getByText(text).first().waitFor()));

test("the page shows what INFO tells", async () => {
  await tree().getByText("game:* (6)").waitFor();
  await choose("local");
  await sees("Redis version", "Connected clients", "Used memory human", "Role");
});

test("keys of every type are listed and shown", async () => {
  await tree().getByText("game:* (6)").dblclick();
  await choose("list");
  await sees("List (3 Items)", "two");
  await choose("set");
  await sees("Set (1 Members)", "member");
  await choose("hash");
  await sees("Hash", "field", "value");
  await choose("zset");
  await sees("Sorted Set (1 Members)", "1.5", "player");
  await choose("stream");
  await sees("Stream (1 Entries)", "1-1", "event", "joined");
});

test("a value is changed", async () => {
  await choose("string");
  await sees("game:string");
  assert.equal(await page.locator("#stringValue").inputValue(), "hello");
  await page.locator("#stringValue").fill("changed");
  const saved = page.waitForResponse((response) => response.request().method() === "POST");
  await page.locator("#body").getByText("Save", { exact: true }).click();
  await saved;
  assert.equal(await client.get("game:string"), "changed");
});

test("a command is typed", async () => {
  await page.locator("#_readline_input").click();
  await page.keyboard.type("LRANGE game:list 0 0");
  await page.keyboard.press("Enter");
  await page.locator("#commandLineOutput").getByText("one").waitFor();
});

test("a key is deleted", async () => {
  await again(async () => {
    if (await client.exists("game:string")) {
      await choose("string");
      await page.locator("#body").getByText("game:string").first().waitFor(PATIENCE);
      await page.locator("#body").getByText("Delete Key").click(PATIENCE);
    }
    await tree().getByText("game:* (5)").waitFor(PATIENCE);
  });
  assert.equal(await client.exists("game:string"), 0);
});

test("nobody complained", () => assert.deepEqual(complaints, []));
