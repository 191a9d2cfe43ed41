import type { OnRouteStage, RouteStage } from './hop.ts';

/** Makes steps of what `ssh -v` says of its first hop: name, network, then all that is SSH. */
export function createStageReader(onStage: OnRouteStage): (line: string) => void {
  let at: RouteStage = 'dns';
  onStage('dns', 'started', null);
  const goTo = (next: RouteStage, detail: string): void => {
    onStage(at, 'done', detail);
    at = next;
    onStage(next, 'started', null);
  };
  return (line) => {
    const address = /^debug1: Connecting to (\S+) \[(.*?)\] port (\d+)/.exec(line);
    if (address && at === 'dns') goTo('tcp', `SSH server ${address[1]}: ${address[2]}`);
    else if (line.startsWith('debug1: Connection established')) {
      if (at === 'tcp') goTo('ssh', 'The SSH server answers.');
    } else if (line.startsWith('debug1: Executing proxy command') && at === 'dns') {
      // A command of the user finds the way: ssh hears nothing of names and networks.
      goTo('tcp', 'By a proxy command.');
      goTo('ssh', 'By a proxy command.');
    }
  };
}
