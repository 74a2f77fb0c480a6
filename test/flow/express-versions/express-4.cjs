'use strict';
const express = require('express4');
const { testGate } = require('@flairgate/express/testing');
const { createGate } = require('@flairgate/express');
const { run } = require('./mount.mjs');

if (typeof createGate !== 'function') throw new Error('require() gives no createGate');
testGate().then((kit) => run(express, kit));
