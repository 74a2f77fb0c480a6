import { testGate } from '@flairgate/express/testing';
import express from 'express';
import { run } from './mount.mjs';

await run(express, await testGate());
