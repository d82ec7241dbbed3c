import { defineConfig } from 'vite';

/** Where `npm start` serves; what the page asks of the server goes there while it is developed. */
const server = process.env.SERVER_ORIGIN ?? 'http://127.0.0.1:8000';

export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  // Relative, so that it works wherever a proxy puts the server.
  base: command === 'build' ? './' : '/admin/',
  // The client library as it stands, not as it was last built.
  resolve: { conditions: ['latchkey-source', 'module', 'browser', 'development|production'] },
  // Stands for what the server makes anew for each answer (src/features/sites/admin-site).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../dist/admin',
    emptyOutDir: true,
    target: 'es2023',
    // No picture or font is worth a `data:` address, which the policy would have to allow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_200,
    license: { fileName: 'THIRD-PARTY-LICENSES.md' },
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" is for React's servers, of which there is none here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      // The Origin is what the browser says, so the Host has to stay what it asked for.
      '/api': { target: server },
      '/admin/session': { target: server },
    },
  },
}));
