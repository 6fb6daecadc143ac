/**
 * Builds the plugin and writes it as the zip that Grafana and its catalogue expect, with its SHA-1
 * beside it: one directory named as the plugin's id. The same sources give the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { installPackages, PLUGIN } from './packages.mjs';

const DIST = join(PLUGIN, 'dist');
/** 1980-01-01, the earliest that a zip can say: a build's own date would change the bytes. */
const DOS_DATE = 0x21;
const UNIX_FILE = 0o100644;

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** Local header and central record of one file; the central one also says where the local one stands. */
function entryOf(name, content, offset) {
  const packed = deflateRawSync(content, { level: 9 });
  const bytes = Buffer.from(name, 'utf8');
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(0x0800, 2);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt16LE(DOS_DATE, 8);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(bytes.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, bytes, packed]);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE((UNIX_FILE << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const made = Buffer.from([20, 3]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), made, shared, tail, bytes]);
  return { local, central };
}

function zip(entries) {
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const { local, central } = entryOf(name, content, offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function build() {
  installPackages(PLUGIN);
  const webpack = join(PLUGIN, 'node_modules', '.bin', 'webpack');
  const args = ['-c', './webpack.config.ts', '--env', 'production'];
  const { status } = spawnSync(webpack, args, { cwd: PLUGIN, stdio: 'inherit' });
  if (status !== 0) throw new Error('the plugin does not build: the messages above say where.');
}

if (!process.argv.includes('--no-build')) build();
const { id } = JSON.parse(readFileSync(join(DIST, 'plugin.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8'));
const entries = filesUnder(DIST)
  .map((path) => [`${id}/${relative(DIST, path).replaceAll('\\', '/')}`, readFileSync(path)])
  .sort(([a], [b]) => (a < b ? -1 : 1));
const archive = zip(entries);
const file = join(PLUGIN, `${id}-${version}.zip`);
writeFileSync(file, archive);
const sha1 = createHash('sha1').update(archive).digest('hex');
writeFileSync(`${file}.sha1`, `${sha1}  ${id}-${version}.zip\n`);
process.stdout.write(`${file}: ${archive.length} bytes, ${entries.length} files, SHA-1 ${sha1}\n`);
