import Testing

@testable import VMDomain

/// Shares, limits and placement, at the edges of what is accepted.
@Suite struct TuningEdgeTests {
    private static func cpu(_ body: String) -> String {
        "<iothreadids><iothread id='1'/></iothreadids><cputune>\(body)</cputune>"
    }

    @Test(
        "Shares, periods and quotas",
        arguments: ["", "global_", "emulator_", "iothread_"].flatMap { part in
            [
                Edge(cpu("<\(part)period>1000</\(part)period>")), Edge(cpu("<\(part)period>1000000</\(part)period>")),
                Edge(cpu("<\(part)period>999</\(part)period>"), "out-of-range"),
                Edge(cpu("<\(part)period>1000001</\(part)period>"), "out-of-range"),
                Edge(cpu("<\(part)quota>1000</\(part)quota>")), Edge(cpu("<\(part)quota>-1</\(part)quota>")),
                Edge(cpu("<\(part)quota>17592186044415</\(part)quota>")),
                Edge(cpu("<\(part)quota>999</\(part)quota>"), "out-of-range"),
                Edge(cpu("<\(part)quota>0</\(part)quota>"), "out-of-range"),
                Edge(cpu("<\(part)quota>17592186044416</\(part)quota>"), "out-of-range"),
            ]
        } + [
            Edge(cpu("<shares>2</shares>")), Edge(cpu("<shares>262144</shares>")),
            Edge(cpu("<shares>1</shares>"), "out-of-range"), Edge(cpu("<shares>262145</shares>"), "out-of-range"),
        ])
    func quotas(edge: Edge) { edge.check() }

    @Test(
        "Pinning and scheduling",
        arguments: [
            Edge(cpu("<vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='0'/>")),
            Edge(cpu("<vcpupin vcpu='1' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/>"), "duplicate-pin"),
            Edge(cpu("<iothreadpin iothread='1' cpuset='0'/>")),
            Edge(cpu("<iothreadpin iothread='0' cpuset='0'/>"), "iothread-zero"),
            Edge(cpu("<iothreadpin iothread='2' cpuset='0'/>"), "unknown-iothread"),
            Edge(cpu("<iothreadpin iothread='1' cpuset='0'/><iothreadpin iothread='1' cpuset='1'/>"), "duplicate-pin"),
            Edge(cpu("<vcpusched vcpus='0-3' scheduler='batch'/>")),
            Edge(cpu("<vcpusched vcpus='0-3' scheduler='fifo' priority='1'/>")),
            Edge(cpu("<vcpusched vcpus='0-3' scheduler='fifo'/>"), "missing-attribute"),
            Edge(cpu("<vcpusched vcpus='0-3' scheduler='rr'/>"), "missing-attribute"),
            Edge(cpu("<vcpusched vcpus='4' scheduler='batch'/>"), "unknown-vcpu"),
            Edge(
                cpu("<vcpusched vcpus='0-1' scheduler='batch'/><vcpusched vcpus='1' scheduler='idle'/>"),
                "duplicate-scheduling"),
            Edge(cpu("<iothreadsched iothreads='1' scheduler='idle'/>")),
            Edge(cpu("<iothreadsched iothreads='2' scheduler='idle'/>"), "unknown-iothread"),
            Edge(cpu("<emulatorsched scheduler='rr'/>"), "missing-attribute"),
            Edge(cpu("<emulatorsched scheduler='rr' priority='5'/>")),
        ])
    func pinning(edge: Edge) { edge.check() }

    private static func block(_ body: String) -> String { "<blkiotune>\(body)</blkiotune>" }

    @Test(
        "Weights of disks",
        arguments: [
            Edge(block("<weight>10</weight>")), Edge(block("<weight>1000</weight>")), Edge(block("<weight>0</weight>")),
            Edge(block("<weight>9</weight>"), "out-of-range"), Edge(block("<weight>1001</weight>"), "out-of-range"),
            Edge(block("<device><path>/dev/sda</path><weight>10</weight></device>")),
            Edge(block("<device><path>/dev/sda</path><weight>9</weight></device>"), "out-of-range"),
            Edge(block("<device><path>/dev/sda</path><weight>1001</weight></device>"), "out-of-range"),
            Edge(block("<device><weight>500</weight></device>"), "missing-element"),
            Edge(
                block(
                    "<device><path>/dev/sda</path><weight>10</weight></device><device><path>/dev/sda</path><weight>20</weight></device>"
                ), "duplicate-device"),
        ])
    func weights(edge: Edge) { edge.check() }

    private static func numa(_ body: String) -> String {
        "<numatune>\(body)</numatune><cpu><numa><cell id='0' cpus='0-1' memory='256' unit='MiB'/>"
            + "<cell id='1' cpus='2-3' memory='256' unit='MiB'/></numa></cpu>"
    }

    @Test(
        "Placement on the host's cells",
        arguments: [
            Edge(numa("<memory mode='strict' nodeset='0'/><memnode cellid='1' mode='strict' nodeset='0'/>")),
            Edge(numa("<memory mode='strict' placement='static'/>"), "missing-attribute"),
            Edge(numa("<memory mode='strict' placement='auto'/>")),
            Edge(
                numa("<memory mode='strict' placement='auto'/><memnode cellid='0' mode='strict' nodeset='0'/>"),
                "automatic-placement"),
            Edge(numa("<memnode cellid='2' mode='strict' nodeset='0'/>"), "missing-cell"),
            Edge(
                numa(
                    "<memnode cellid='1' mode='strict' nodeset='0'/><memnode cellid='1' mode='strict' nodeset='0'/>"),
                "duplicate-cell"),
            Edge(
                numa("<memory mode='restrictive' nodeset='0'/><memnode cellid='0' mode='strict' nodeset='0'/>"),
                "restrictive-mode"),
            Edge(numa("<memory mode='restrictive' nodeset='0'/><memnode cellid='0' mode='restrictive' nodeset='0'/>")),
        ])
    func hostCells(edge: Edge) { edge.check() }

    private static func limits(_ body: String) -> String {
        "<devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/d'/>"
            + "<target dev='vda' bus='virtio'/><iotune>\(body)</iotune></disk></devices>"
    }

    @Test(
        "A disk's limits: as a whole or in parts, never both",
        arguments: ["bytes_sec", "iops_sec", "bytes_sec_max", "iops_sec_max"].flatMap { name in
            [
                Edge(limits("<total_\(name)>4096</total_\(name)>")),
                Edge(limits("<read_\(name)>4096</read_\(name)><write_\(name)>4096</write_\(name)>")),
                Edge(limits("<total_\(name)>4096</total_\(name)><read_\(name)>1</read_\(name)>"), "total-and-parts"),
                Edge(limits("<total_\(name)>4096</total_\(name)><write_\(name)>1</write_\(name)>"), "total-and-parts"),
                Edge(limits("<total_\(name)>0</total_\(name)><read_\(name)>1</read_\(name)>")),
                Edge(limits("<total_\(name)>4096</total_\(name)><read_\(name)>0</read_\(name)>")),
                Edge(limits("<total_\(name)>1000000000000000</total_\(name)>")),
                Edge(limits("<total_\(name)>1000000000000001</total_\(name)>"), "out-of-range"),
                Edge(limits("<read_\(name)>1000000000000001</read_\(name)>"), "out-of-range"),
                Edge(limits("<write_\(name)>1000000000000001</write_\(name)>"), "out-of-range"),
            ]
        } + [
            Edge(limits("<size_iops_sec>1000000000000001</size_iops_sec>"), "out-of-range"),
            Edge(limits("<size_iops_sec>4096</size_iops_sec>")),
        ])
    func diskLimits(edge: Edge) { edge.check() }
}
