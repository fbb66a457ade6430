/** A length of time with its unit in its name. The one that users of cdk8s know: `Duration.hours(1)`. */
export { Duration } from 'cdk8s';
