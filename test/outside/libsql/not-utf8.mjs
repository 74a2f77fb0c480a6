// Shows that libsql 0.5.29 aborts the whole process when it reads a text that is not UTF-8.
// Run: node not-utf8.mjs   Expected: an error that can be caught. What happens: a Rust panic, then SIGABRT.
import Libsql from 'libsql';

const db = new Libsql(':memory:');
db.exec("create table t (a text); insert into t values (cast(x'6fff65' as text))");
console.log('as a blob:', db.prepare('select cast(a as blob) as a from t').all([]));
try {
  console.log('as a text:', db.prepare('select a from t').all([]));
} catch (error) {
  console.log('as a text, caught:', error);
}
