// A scripted gateway: a function of the test answers each request, over a real socket.

import { once } from "node:events";
import { createServer } from "node:http";
import { Client } from "../../../wellknown/npm_package/index.js";

export const KEY = "kt_test_SECRET";
export const JOB = { jobId: "job_1", status: "queued", version: 1, outputs: [], finishedAt: null };

/** Serve for one test; `answer` gets each request with its body, and a response. */
export async function serve(test, answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the client has gone away
    }
    request.body = Buffer.concat(chunks);
    requests.push(request);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const connect = (options = {}) => new Client({ apiKey: KEY, baseUrl, maxRetries: 0, ...options });
  return { baseUrl, connect, requests };
}

export function sendJson(response, value, status = 200) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** Return what a promise was rejected with. */
export async function getError(promise) {
  const value = await promise.then(
    (answer) => ({ answer }),
    (error) => ({ error }),
  );
  if (!("error" in value)) throw new Error(`It answered ${JSON.stringify(value.answer)}`);
  return value.error;
}
