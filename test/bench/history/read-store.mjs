/** Opens a store that was left as it was, says whether it is whole and the last id in it. */
import { HistoryStore } from '../../../exporter/dist/history/store.js';

const settings = { path: process.argv[2], retentionMs: 1e10, maxBytes: 1e9 };
const store = new HistoryStore(settings, Date.now());
const [[integrity]] = store.file.all('PRAGMA integrity_check');
console.log(JSON.stringify({ integrity, lastId: store.lastId() }));
store.close(Date.now());
