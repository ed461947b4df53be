// Format, lint and types, of both languages. Each tool counts as one check.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { cacheDir } from '../deps.mjs';
import { addonBuildName, buildDir, jobs, root, run, runBin } from './commands.mjs';
import { configure } from './native-build.mjs';

export async function lint() {
  const checks = {
    prettier: () => runBin('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']),
    eslint: () => runBin('eslint/bin/eslint.js', ['--max-warnings=0', '.']),
    tsc: () => runBin('typescript/bin/tsc', ['-p', 'tsconfig.json']),
    'buf lint': () => runBin('@bufbuild/buf/bin/buf', ['lint']),
    // What was published stays understood: refuses a change that another version's peer would misread.
    'buf breaking': () => runBin('@bufbuild/buf/bin/buf', ['breaking', '--against', join('proto', 'published.json')]),
    publint: () => runBin('publint/src/cli.js', ['--strict']),
    'clang-format': () => run('clang-format', ['--dry-run', '-Werror', ...nativeSources(/\.(cc|h)$/)]),
    'clang-tidy': clangTidy,
  };
  const outcome = { passed: 0, failed: 0 };
  for (const [name, check] of Object.entries(checks)) {
    const { status } = await check();
    outcome[status === 0 ? 'passed' : 'failed'] += 1;
    console.log(`lint: ${name} ${status === 0 ? 'passed' : `failed (${status})`}`);
  }
  return outcome;
}

export function nativeSources(pattern) {
  return readdirSync(join(root, 'native'), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => join('native', name))
    .sort();
}

/** One file takes seconds, so a verdict is remembered for as long as the file, our headers in it and the checks stay. */
async function clangTidy() {
  const tree = await configure('address');
  if (tree.status !== 0) return tree;
  const kernels = await run('cmake', ['--build', tree.folder, '--target', 'millrace_kernels'], { quiet: true });
  if (kernels.status !== 0) return kernels;
  const checks = readFileSync(join(root, '.clang-tidy'));
  const passedDir = join(cacheDir(), 'clang-tidy');
  mkdirSync(passedDir, { recursive: true });

  // The addon's sources need Node-API headers, which only cmake-js knows where to find.
  const treeOf = (file) => (file.startsWith(join('native', 'addon')) ? join(buildDir, addonBuildName()) : tree.folder);
  // Tests are read by people and run by the sanitizers; GoogleTest's macros make clang-tidy slow and cross.
  const shipped = nativeSources(/\.cc$/).filter((file) => !file.startsWith(join('native', 'test')));
  const pending = shipped
    .map((file) => {
      const hash = createHash('sha256').update(checks);
      for (const part of withIncludes(file)) hash.update(`\0${part}\0`).update(readFileSync(join(root, part)));
      return { file, verdict: join(passedDir, hash.digest('hex')) };
    })
    .filter(({ verdict }) => !existsSync(verdict));
  let status = 0;
  const worker = async () => {
    for (let next = pending.shift(); next; next = pending.shift()) {
      // The addon is built by GCC, some of whose warnings clang does not know.
      const options = ['-p', treeOf(next.file), '--quiet', '--extra-arg=-Wno-unknown-warning-option'];
      const result = await run('clang-tidy', [...options, next.file], { quiet: true });
      if (result.status === 0) {
        writeFileSync(next.verdict, '');
      } else {
        status = result.status;
        console.log(result.output.replace(/^\d+ warnings? generated\.\n/gm, ''));
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return { status };
}

/** A source file of ours and all headers of ours that it includes, directly or not. */
function withIncludes(file) {
  const found = new Set([file]);
  for (const part of found)
    for (const [, name] of readFileSync(join(root, part), 'utf8').matchAll(/^#include "(.+)"$/gm)) {
      const header = [join('native', name), join(dirname(part), name)].find((path) => existsSync(join(root, path)));
      if (header) found.add(header);
    }
  return [...found].sort();
}
