// Shows the server in a test, and is one: node --test examples/node-test

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startStubredis } from "./stubredis.mjs";

let server;
before(async () => (server = await startStubredis()));
after(() => server.stop());

test("the server answers", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.write("PING\r\n");
  const [answer] = await new Promise((resolve) => socket.once("data", (...data) => resolve(data)));
  socket.end();
  assert.equal(answer.toString(), "+PONG\r\n");
});

test("a mistake is told", async () => {
  await assert.rejects(startStubredis("--prot", "1"), /unknown option '--prot' \(did you mean --port\?\)/);
});
