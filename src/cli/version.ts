import packageJson from 'labkeep/package.json' with { type: 'json' };

export const version = packageJson.version;
