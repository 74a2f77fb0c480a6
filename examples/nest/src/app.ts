import 'reflect-metadata';
import type { Principal } from '@flairgate/core';
import type { Gate } from '@flairgate/express';
import { Body, Controller, Get, type INestApplication, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { authorization, Caller, Public, RequirePermissions } from './authorization.js';

/** Creates the application. `more` are further controllers. */
export async function createApp(gate: Gate, ...more: readonly Type[]): Promise<INestApplication> {
  const rules: string[] = [];

  @Controller('orgs/:oid/rules')
  class Rules {
    @Get()
    @RequirePermissions('dr.list')
    list(@Caller(gate) caller: Principal) {
      return { you: caller.ident, rules };
    }

    @Post()
    @RequirePermissions('dr.set')
    add(@Body() { name }: { readonly name: string }) {
      rules.push(name);
      return { name };
    }
  }

  @Controller('health')
  class Health {
    @Get()
    @Public()
    read() {
      return { status: 'ok' };
    }
  }

  @Module({ imports: [authorization(gate)], controllers: [Rules, Health, ...more] })
  class App {}

  const app = await NestFactory.create(App, { logger: ['error', 'warn'], abortOnError: false });
  // Before the body parser, which Nest mounts when it starts: a refused request is not read.
  app.use(gate.authenticate({ optional: true }), gate.errorHandler());
  return app;
}
