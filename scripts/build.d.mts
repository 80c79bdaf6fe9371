/** Whether dist/ is newer than all that it is made of. */
export function isBuilt(): boolean;
/** Builds dist/ when it is older than its sources; throws when the compiler or the bundler finds errors. */
export function build(): void;
