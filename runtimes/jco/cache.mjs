// Compiled code, kept so that a guest is compiled once.
//
// An entry is one file: what compiling gave, serialized by V8, then its SHA-256. It is written whole or not at
// all, and one that is cut short or altered is compiled again.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

const DIGEST = 32;
// Longer than any compilation; whoever waits longer fails with "database is locked".
const PATIENCE_MS = 600_000;

const digestOf = (bytes) => createHash('sha256').update(bytes).digest();

/** A name for what depends on all of `parts` (strings or bytes): `prefix`, then their digest. */
export function entryName(prefix, parts) {
  return `${prefix}-${digestOf(Buffer.concat(parts.map(digestOf))).toString('hex')}`;
}

/**
 * The entry `name` of `folder`, or what `compile` gives, which is then kept there. Processes that ask for the
 * same entry at the same time compile once: the others wait for the first. What `compile` throws is thrown.
 */
export async function obtain(folder, name, compile) {
  const path = join(folder, name);
  const cached = load(path);
  if (cached) return { value: cached, code: 'cached' };
  let unlock;
  try {
    mkdirSync(folder, { recursive: true });
    unlock = await lock(`${path}.lock`);
  } catch (error) {
    const words = `cannot keep compiled code in ${folder}: ${error.message}`;
    throw new Error(`${words}; make that folder writable or name another cache`, { cause: error });
  }
  try {
    const cachedMeanwhile = load(path);
    if (cachedMeanwhile) return { value: cachedMeanwhile, code: 'cached' };
    const value = await compile();
    keep(path, serialize(value));
    return { value, code: 'compiled' };
  } finally {
    unlock();
  }
}

function load(path) {
  let entry;
  try {
    entry = readFileSync(path);
  } catch {
    return undefined;
  }
  if (entry.length < DIGEST) return undefined;
  const bytes = entry.subarray(0, -DIGEST);
  return digestOf(bytes).equals(entry.subarray(-DIGEST)) ? deserialize(bytes) : undefined;
}

function keep(path, bytes) {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  writeFileSync(unfinished, digestOf(bytes), { flag: 'a' });
  renameSync(unfinished, path);
}

// Node.js cannot lock a file. SQLite can, by a lock of the system's that ends with the process that holds it;
// the database stays empty.
async function lock(path) {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  database.exec('BEGIN EXCLUSIVE');
  return () => database.close();
}
