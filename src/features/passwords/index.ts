export { createPasswords, type Passwords, passwordField } from './passwords.ts';
