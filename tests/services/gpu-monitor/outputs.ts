/** What nvidia-smi prints, as drivers of several generations write it; written by us after their documentation. */

/** R450, two A100 of which the second is divided. */
export const R450_QUERY = `0, GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77, A100-SXM4-40GB, 00000000:07:00.0, 450.80.02, 31, 0, 40537, 0, 40537, 43.98, 400.00, Disabled
1, GPU-8fd3bd40-42d3-4db1-9f8a-1a2b3c4d5e6f, A100-SXM4-40GB, 00000000:0F:00.0, 450.80.02, 28, [N/A], 40537, 25, 40512, 42.10, 400.00, Enabled
`;
export const R450_LIST = `GPU 0: A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
GPU 1: A100-SXM4-40GB (UUID: GPU-8fd3bd40-42d3-4db1-9f8a-1a2b3c4d5e6f)
  MIG 3g.20gb Device 0: (UUID: MIG-GPU-8fd3bd40-42d3-4db1-9f8a-1a2b3c4d5e6f/2/0)
  MIG 1g.5gb Device 1: (UUID: MIG-GPU-8fd3bd40-42d3-4db1-9f8a-1a2b3c4d5e6f/9/0)
`;
const migDevice = (index: number, total: string, used: string, free: string): string => `
			<mig_device>
				<index>${index}</index>
				<gpu_instance_id>${index + 1}</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<device_attributes><shared><multiprocessor_count>42</multiprocessor_count></shared></device_attributes>
				<ecc_error_count><volatile_count><sram_uncorrectable>0</sram_uncorrectable></volatile_count></ecc_error_count>
				<fb_memory_usage>
					<total>${total}</total>
					<used>${used}</used>
					<free>${free}</free>
				</fb_memory_usage>
				<bar1_memory_usage><total>32767 MiB</total><used>0 MiB</used><free>32767 MiB</free></bar1_memory_usage>
			</mig_device>`;
const log = (gpus: string): string => `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<timestamp>Sat Nov 21 10:00:00 2026</timestamp>
	<!-- one element for each card -->
	${gpus}
</nvidia_smi_log>
`;
const card = (id: string, mig: string): string => `<gpu id="${id}">
		<product_name>NVIDIA A100 &amp; more</product_name>
		<accounting_mode_buffer_size/>
		<fb_memory_usage><total>40537 MiB</total><used>25 MiB</used><free>40512 MiB</free></fb_memory_usage>
		<mig_mode><current_mig>Enabled</current_mig><pending_mig>Enabled</pending_mig></mig_mode>
		<mig_devices>${mig}</mig_devices>
		<power_readings><power_draw>42.10 W</power_draw></power_readings>
	</gpu>`;
export const R450_XML = log(
  card('00000000:07:00.0', '\n\t\t\tNone\n\t\t') +
    card(
      '00000000:0F:00.0',
      migDevice(0, '20096 MiB', '11 MiB', '20085 MiB') + migDevice(1, '4864 MiB', '3 MiB', '4861 MiB'),
    ),
);

/** R550, H100: other names of products, MIG devices with a UUID of their own, no power of a card that is asleep. */
export const R550_QUERY = `0, GPU-b1c2d3e4-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3, 00000000:19:00.0, 550.54.15, 34, [N/A], 81559, 87, 80994, 71.46, 700.00, Enabled
`;
export const R550_LIST = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-b1c2d3e4-0000-1111-2222-333344445555)
  MIG 1g.10gb+me  Device  0: (UUID: MIG-aaaaaaaa-0000-1111-2222-333344445555)
  MIG 2c.3g.40gb  Device  1: (UUID: MIG-bbbbbbbb-0000-1111-2222-333344445555)
`;
export const R550_XML = log(
  card(
    '00000000:19:00.0',
    migDevice(0, '9856 MiB', 'N/A', 'N/A') + migDevice(1, '40320 MiB', '320 MiB', '40000 MiB'),
  ),
);

/** A workstation card, which knows neither MIG nor some sensors, with the marks of old and new drivers. */
export const RTX_QUERY = `0, GPU-4090aaaa-0000-1111-2222-333344445555, NVIDIA GeForce RTX 4090, 00000000:01:00.0, 570.86.10, 41, 97, 24564, 20011, 4091, 431.02, 450.00, [N/A]
1, GPU-1080aaaa-0000-1111-2222-333344445555, NVIDIA GeForce GTX 1080, 00000000:02:00.0, 470.223.02, 55, [Not Supported], 8119, 1, 8118, [Not Supported], [Unknown Error], [N/A]
`;

/** One card has fallen off the bus. */
export const LOST_QUERY = `0, GPU-b1c2d3e4-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3, 00000000:19:00.0, 550.54.15, 34, 3, 81559, 87, 80994, 71.46, 700.00, Disabled
1, GPU-c1c2d3e4-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3, 00000000:3B:00.0, 550.54.15, [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost]
`;

export const NO_DRIVER =
  "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n";
export const MISMATCH =
  'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54\n';
