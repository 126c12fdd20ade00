'use strict';
// Loaded before everything else by bin/labkeep. What Node compiled (and, in a checkout, stripped of its types)
// is kept in the user's own cache folder. Node's default is a folder in /tmp that another user could prepare.
// Only below a folder that exists: where mkdir says ENOENT all the same (a home unknown to automount, /proc),
// Node would try for ever.
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const { XDG_CACHE_HOME, HOME } = process.env;
const [folder, cache] = XDG_CACHE_HOME ? [XDG_CACHE_HOME, 'labkeep'] : [HOME, '.cache/labkeep'];
if (folder && existsSync(folder)) enableCompileCache(join(folder, cache));
