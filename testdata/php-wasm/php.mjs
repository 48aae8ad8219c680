#!/usr/bin/env node
// Runs PHP at the version that JETPACK_TEST_PHP names, such as 7.4, with the arguments and the
// standard streams of php, and errors.php before all else. JETPACK_TEST_PHP_PACKAGES is the directory
// in which npm installed the packages of package.json. Unlike @php-wasm/cli, this exits with PHP's
// exit code, reads standard input to its end, and leaves no directories behind.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// The optimizing compiler takes more time than it saves for a boot of WordPress, and so does the
// opcode cache, which is empty each time.
setFlagsFromString('--liftoff-only');
const packages = `${process.env.JETPACK_TEST_PHP_PACKAGES}/node_modules/@php-wasm`;
const { loadNodeRuntime, useHostFilesystem } = await import(`${packages}/node/index.js`);
const { PHP } = await import(`${packages}/universal/index.js`);

const input = readFileSync(0);
let read = 0;
const php = new PHP(
	await loadNodeRuntime(process.env.JETPACK_TEST_PHP, {
		emscriptenOptions: {
			processId: process.pid,
			ENV: process.env,
			stdin: () => (read < input.length ? input[read++] : null),
		},
	}),
);
useHostFilesystem(php);

const errors = fileURLToPath(new URL('errors.php', import.meta.url));
const options = {
	'opcache.enable': 0,
	auto_prepend_file: errors,
	// They would wait forever for a process that can't be started.
	disable_functions: 'exec,passthru,popen,proc_open,shell_exec,system',
};
const flags = Object.entries(options).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
const response = await php.cli(['php', ...flags, ...process.argv.slice(2)]);
const to = (stream) => new WritableStream({ write: (chunk) => void stream.write(chunk) });
await Promise.all([
	response.stdout.pipeTo(to(process.stdout)),
	response.stderr.pipeTo(to(process.stderr)),
]);
const code = await response.exitCode;
// Exits only when both streams are written, because they may be pipes.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
