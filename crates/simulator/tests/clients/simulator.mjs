// What a test of an npm client stands on: a simulator of its own, and an address that its webhooks come to.
//
//   const simulator = await startSimulator();   // builds nothing: `scripts/test.sh clients` built it before
//   after(() => simulator.stop());
//   await simulator.control("POST", "viber/bots", { uri: "doithoai", name: "1022", token: "…" });
//
// Environment: SIMULATOR_BIN (target/debug/examples/phone). simulator.py is the same for PyPI's clients.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.SIMULATOR_BIN ?? fileURLToPath(new URL("../../../../target/debug/examples/phone", import.meta.url));

/** A GIF of one point. */
export const PICTURE = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

/** Starts the simulator on a free port; it has printed its address when it listens. */
export async function startSimulator() {
  const child = spawn(PROGRAM, ["127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child, "spawn");
  const gone = once(child, "exit");
  const [origin] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    gone.then(([code, signal]) => assert.fail(`the simulator ended with ${code ?? signal}`)),
  ]);

  /** What a vendor's server cannot be asked: /control/… of the simulator's README. */
  async function control(method, path, body) {
    const answer = await fetch(`${origin}/control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.ok || (await answer.clone().text())}`);
    return answer.json();
  }

  return {
    origin,
    control,
    /** What this person got, oldest first. */
    sent: async (person) => (await control("GET", `${person.vendor}/sent?to=${encodeURIComponent(person.id)}`)).last,
    stop: async () => {
      child.kill();
      await gone;
    },
  };
}

/** An address that answers 200 to every webhook and keeps its JSON in `events`; Meta's handshake is echoed. */
export async function openWebhook() {
  const events = [];
  const server = createServer(async (request, response) => {
    if (request.method === "GET") {
      response.end(new URL(request.url, "http://127.0.0.1").searchParams.get("hub.challenge"));
      return;
    }
    events.push(JSON.parse(await text(request)));
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    events,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
