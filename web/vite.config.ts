import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.CALLCENTER_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    // Into the Python package, which serves and ships it.
    outDir: process.env.CALLCENTER_WEB_OUT ?? "../callcenter/api/static",
    emptyOutDir: true,
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    target: ["chrome111", "firefox115", "safari16.4"],
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: {
      "/api": { target: server, ws: true },
      "/sip": { target: server, ws: true },
      "/metrics": server,
      "/openapi.json": server,
      "/healthz": server,
    },
  },
});
