/** What the master is configured as, and our own build and configuration. */
import { defineScalar, type FamilyGroup } from '../family.js';

const UNKNOWN = 'unknown';

export const configuration: FamilyGroup = {
  name: 'configuration',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'salt_master_option',
      help: 'Numeric options of the master that are in force, from its files or the default of Salt.',
      type: 'gauge',
      unit: 'none',
      labels: ['option'],
      sample: ({ epoch }, emit) => {
        for (const [option, value] of epoch.config?.options ?? []) emit(value, option);
      },
    }),
    defineScalar({
      name: 'salt_master_option_ignored',
      help: '1 for an option that stands in the files of the master and has no effect in its version.',
      type: 'gauge',
      unit: 'none',
      labels: ['option'],
      sample: ({ epoch }, emit) => {
        for (const option of new Set(epoch.config?.ignoredOptions)) emit(1, option);
      },
    }),
    defineScalar({
      name: 'brinescope_salt_info',
      help: 'The Salt master that is watched; unknown where it could not be found out.',
      type: 'gauge',
      unit: 'none',
      labels: ['version', 'transport', 'zmq_filtering', 'master_id'],
      sample: ({ epoch: { config } }, emit) => {
        if (config === undefined) return;
        const { version = UNKNOWN, masterId = UNKNOWN, transport, zmqFiltering } = config;
        emit(1, version, transport, String(zmqFiltering), masterId);
      },
    }),
    defineScalar({
      name: 'brinescope_build_info',
      help: 'Version of this exporter and of what it runs on.',
      type: 'gauge',
      unit: 'none',
      labels: ['version', 'node', 'libzmq'],
      sample: ({ build }, emit) => emit(1, build.version, build.node, build.libzmq),
    }),
    defineScalar({
      name: 'brinescope_config_last_reload_successful',
      help: '1 when the last attempt to load the configuration succeeded; at 0 the one before is in force.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ reload }, emit) => {
        if (reload !== undefined) emit(reload.successful ? 1 : 0);
      },
    }),
    defineScalar({
      name: 'brinescope_config_last_reload_success_timestamp_seconds',
      help: 'When the configuration in force was loaded.',
      type: 'gauge',
      unit: 'seconds',
      labels: [],
      sample: ({ reload }, emit) => {
        if (reload !== undefined) emit(reload.lastSuccessWallMs / 1000);
      },
    }),
  ],
};
