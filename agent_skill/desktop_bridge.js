#!/usr/bin/env node
// Passes messages between a desktop program and the MCP server of a gateway: lines of JSON on stdin
// and stdout here, streamable HTTP there. It knows no tools, so they are always the gateway's.
'use strict';

const readline = require('node:readline');

const KEY = (process.env.KT_API_KEY ?? '').trim();
const VERSION_FIELD = 'io.modelcontextprotocol/protocolVersion';
const NAME_FIELDS = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };
const RECONNECT_MS = 1000;
const PARTING_MS = 2000;
const LOST_SESSION = 404;
const PARSE_ERROR = -32700;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

// Of the versions with a handshake: the session, its version, what opened it, and who opens it again.
const handshake = { opening: null, session: null, version: null, reopening: null };
const running = new Map(); // the requests that wait for an answer, by their id
const { url: GATEWAY, problem: PROBLEM } = readGateway();

/**
 * Return the address that a person has entered, or what is wrong with it or with the key.
 *
 * What is wrong is told to a model, so neither is quoted: the address may hold a password.
 */
function readGateway() {
  if (!/^[\x21-\x7e]*$/.test(KEY)) return { problem: 'The API key has a character that no key has' };
  const entered = (process.env.KT_API_BASE ?? '').trim().replace(/\/+$/, '');
  // A program that does not ask for a value may pass its placeholder on.
  if (!entered || entered.startsWith('${')) return { problem: 'The address of the gateway is missing' };
  let url;
  try {
    url = new URL(`${entered}/mcp`);
  } catch {
    return { problem: 'The address of the gateway is not a URL' };
  }
  if (url.username || url.password) return { problem: 'The address of the gateway holds a user name or a password' };
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  return isSafe ? { url } : { problem: `${url.host} is not https, so no key is sent there` };
}

function buildUrl() {
  const url = new URL(GATEWAY);
  const toolsets = process.env.KT_TOOLSETS ?? '';
  if (toolsets && !toolsets.startsWith('${')) url.searchParams.set('toolsets', toolsets);
  if (process.env.KT_READ_ONLY === 'true') url.searchParams.set('readonly', '1');
  return url;
}

function write(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function writeError(id, text, code = -32000) {
  write({ jsonrpc: '2.0', id, error: { code, message: text } });
}

/** Return a value as a header can carry it. */
function encodeHeader(value) {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

function buildHeaders(message) {
  const headers = { authorization: `Bearer ${KEY}` };
  const version = message?.params?._meta?.[VERSION_FIELD];
  if (version) {
    // The versions without a handshake repeat in headers what proxies route by.
    headers['mcp-protocol-version'] = version;
    headers['mcp-method'] = message.method;
    const name = message.params[NAME_FIELDS[message.method]];
    if (name !== undefined) headers['mcp-name'] = encodeHeader(String(name));
    return headers;
  }
  if (handshake.session) headers['mcp-session-id'] = handshake.session;
  if (handshake.version) headers['mcp-protocol-version'] = handshake.version;
  return headers;
}

/** Yield the messages of a response, which is one of JSON or a stream of events. */
async function* readMessages(response) {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    const text = await response.text();
    if (text.trim()) yield JSON.parse(text);
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    const events = (rest + decoder.decode(chunk, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data:'));
      const text = data.map((line) => line.slice(5).trimStart()).join('\n');
      if (text) yield JSON.parse(text);
    }
  }
}

function post(message, signal) {
  const headers = {
    ...buildHeaders(message),
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  return fetch(buildUrl(), { method: 'POST', headers, body: JSON.stringify(message), redirect: 'error', signal });
}

/** Send a message; a session that the gateway has forgotten is opened again, once for all. */
async function send(message, signal) {
  const session = handshake.session;
  const response = await post(message, signal);
  if (response.status !== LOST_SESSION || !session) return response;
  await response.text();
  if (handshake.session === session) handshake.reopening ??= reopen(session);
  await handshake.reopening;
  return post(message, signal);
}

async function reopen(lost) {
  handshake.session = null;
  try {
    const response = await open(handshake.opening);
    if (!response.ok) throw new Error(describe(response.status, parse(await response.text())));
    for await (const _ of readMessages(response)) break;
    await (await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).text();
    if (handshake.session) listen(handshake.session);
  } catch (error) {
    handshake.session = lost; // the next message tries again
    throw error;
  } finally {
    handshake.reopening = null;
  }
}

async function open(message, signal) {
  const response = await post(message, signal);
  handshake.opening = message;
  handshake.session = response.headers.get('mcp-session-id');
  return response;
}

async function forward(message) {
  const canceled = message.method === 'notifications/cancelled' && message.params?.requestId;
  if (canceled !== undefined && canceled !== false) running.get(canceled)?.abort();
  const isRequest = message.id !== undefined && message.method !== undefined;
  if (PROBLEM) {
    if (isRequest) writeError(message.id, `${PROBLEM}: enter it again in the settings of the extension.`);
    return;
  }
  const abort = new AbortController();
  if (isRequest) running.set(message.id, abort);
  try {
    const isOpening = message.method === 'initialize';
    const response = await (isOpening ? open : send)(message, abort.signal);
    let answered = !isRequest;
    if (response.ok) {
      for await (const answer of readMessages(response)) {
        if (isOpening && answer.result) handshake.version = answer.result.protocolVersion;
        answered ||= answer.id === message.id;
        write(answer);
      }
    } else {
      const refusal = parse(await response.text());
      const isAnswer = refusal?.jsonrpc === '2.0' && refusal.id === message.id;
      if (isAnswer) write(refusal);
      else if (isRequest) writeError(message.id, describe(response.status, refusal));
      answered = true;
    }
    if (!answered) writeError(message.id, 'The answer ended early: call again.');
  } catch (error) {
    if (isRequest && !abort.signal.aborted) writeError(message.id, `${buildUrl().origin} cannot be reached: ${error.cause ?? error}`);
  } finally {
    if (isRequest) running.delete(message.id);
  }
  if (message.method === 'notifications/initialized' && handshake.session) listen(handshake.session);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function describe(status, refusal) {
  if (status === 401) return 'The gateway refuses this API key: enter a valid one in the settings of the extension.';
  const problem = refusal?.error ?? refusal;
  const text = [problem?.detail ?? problem?.message, problem?.hint].filter(Boolean).join(' ');
  return text || `The gateway answered ${status}.`;
}

/** Pass on what the server says by itself, until its session ends. */
async function listen(session) {
  while (handshake.session === session) {
    try {
      const headers = { ...buildHeaders(null), accept: 'text/event-stream' };
      const response = await fetch(buildUrl(), { headers, redirect: 'error' });
      if (!response.ok) return;
      for await (const message of readMessages(response)) write(message);
    } catch {
      // The connection broke: the next one goes on.
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

async function main() {
  let ready = Promise.resolve();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const message = parse(line);
    if (message === null || typeof message !== 'object') {
      writeError(null, 'A line of the program is not JSON.', PARSE_ERROR);
      continue;
    }
    await ready;
    const done = forward(message);
    // Requests may take minutes and run beside each other; what opens a session keeps its order.
    if (message.method === 'initialize' || message.id === undefined) ready = done;
  }
  if (handshake.session) {
    const signal = AbortSignal.timeout(PARTING_MS);
    await fetch(buildUrl(), { method: 'DELETE', headers: buildHeaders(null), signal }).catch(() => {});
  }
  process.exit(0);
}

main();
