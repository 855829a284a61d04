// Tests with the image through testcontainers: npm install testcontainers @testcontainers/redis redis; node --test
import assert from "node:assert/strict";
import { test } from "node:test";

import { RedisContainer } from "@testcontainers/redis";
import { createClient } from "redis";
import { GenericContainer, Wait } from "testcontainers";

const IMAGE = "registry.example.com/stubredis:0.1.0";

async function count(url) {
  const client = await createClient({ url }).connect();
  try {
    return [await client.incr("visits"), await client.incr("visits")];
  } finally {
    client.destroy();
  }
}

test("the ready-made container for Redis, which waits for the line in the log", async () => {
  const container = await new RedisContainer(IMAGE).withPassword("secret").start();
  try {
    assert.deepEqual(await count(container.getConnectionUrl()), [1, 2]);
  } finally {
    await container.stop();
  }
});

test("any container, which waits for the answer to PING", async () => {
  const container = await new GenericContainer(IMAGE)
    .withCommand(["--emulate", "redis-7.2"])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forSuccessfulCommand("redis-cli ping"))
    .start();
  try {
    const url = `redis://${container.getHost()}:${container.getMappedPort(6379)}`;
    assert.deepEqual(await count(url), [1, 2]);
  } finally {
    await container.stop();
  }
});
