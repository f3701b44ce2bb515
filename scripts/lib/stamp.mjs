import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * A stamp file holds the hash of the inputs that a finished step was made from, so that the step can be skipped.
 * @param {string} file
 * @param {string} hash
 * @returns {boolean}
 */
export function isFresh(file, hash) {
  try {
    return readFileSync(file, "utf8") === hash;
  } catch {
    return false;
  }
}

/**
 * Written after the step has succeeded, and whole or not at all.
 * @param {string} file
 * @param {string} hash
 */
export function writeStamp(file, hash) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, hash);
  renameSync(temporary, file);
}

/**
 * SHA-256 over names and contents. Missing paths count as such; folders are walked, `skip` names left out.
 * @param {string} root
 * @param {readonly string[]} paths relative to root
 * @param {(name: string) => boolean} [skip]
 * @returns {string} hex
 */
export function hashTree(root, paths, skip = () => false) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of walk(root, path, skip)) {
      const bytes = readFileSync(join(root, file));
      hash.update(`${file}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @param {string} path
 * @param {(name: string) => boolean} skip
 * @returns {string[]} files below path, sorted
 */
function walk(root, path, skip) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => !skip(name))
    .sort()
    .flatMap((name) => walk(root, join(path, name), skip));
}
