# The service as an image: `docker build -t flairgate .`, then see compose.yaml and docs/deploy/image.md.
FROM node:24-slim AS build
WORKDIR /src
COPY . .
# Nobody is there to be asked, and nothing but the lockfile may say what is installed.
ENV CI=true
RUN npx --yes pnpm@12 install --frozen-lockfile \
  && node .dev/build.js packages/cli \
  && npx --yes pnpm@12 --filter flairgate deploy --prod --legacy /app

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787 FLAIRGATE_DATA=/data
RUN mkdir /data && chown node:node /data
COPY --from=build /app /app
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Ten seconds are given to answers that were begun; an orchestrator should wait longer than that.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/flairgate.js"]
CMD ["serve"]
