// A server for the tests of Node.js: starts `stubredis serve` on a free port, tells its URL, and ends it. No packages needed.
//
//   import { startStubredis } from "./stubredis.mjs";
//   const server = await startStubredis();          // before the tests
//   const client = new Redis(server.url);
//   await server.stop();                            // after them

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

// `options` are those of `stubredis serve`; STUBREDIS names the command where it is not in PATH.
export async function startStubredis(...options) {
  const [command, ...words] = (process.env.STUBREDIS ?? "stubredis").split(" ");
  // Without a file name it does not load the snapshot that some server may have left in this folder.
  const empty = ["serve", "--port", "0", "--bind", "127.0.0.1", "--dbfilename", ""];
  const child = spawn(command, [...words, ...empty, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // However this process ends, the server ends with it.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const port = await new Promise((resolve, reject) => {
    let port;
    let complaint = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}: ${complaint.trim()}`)));
    child.stderr.setEncoding("utf8").on("data", (text) => (complaint += text));
    // Read on for the server's whole life: a full pipe would stop it.
    createInterface({ input: child.stdout }).on("line", (line) => {
      port ??= /\bport=(\d+)/.exec(line)?.[1];
      if (line.includes("Ready to accept connections")) resolve(Number(port));
    });
  });

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop() {
      process.off("exit", kill);
      return new Promise((resolve) => {
        if (child.exitCode !== null) return resolve(child.exitCode);
        child.removeAllListeners("exit").once("exit", resolve);
        child.kill("SIGTERM");
      });
    },
  };
}
