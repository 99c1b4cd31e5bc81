import Testing

@testable import VMDomain

/// Memory and what it is backed by, at the edges of what is accepted.
@Suite struct MemoryEdgeTests {
    private static let cell = "<cpu><numa><cell id='0' cpus='0-3' memory='512' unit='MiB'/></numa></cpu>"

    @Test(
        "Sizes and slots",
        arguments: [
            Edge("<memory unit='KiB'>1</memory>"), Edge("<memory unit='KiB'>0</memory>", "memory-zero"),
            Edge("<memory unit='KiB'>0</memory>" + cell),
            Edge("<memory unit='KiB'>9007199254740991</memory>"),
            Edge("<memory unit='KiB'>9007199254740992</memory>", "memory-too-large"),
            Edge("<currentMemory unit='MiB'>512</currentMemory>"),
            Edge("<currentMemory unit='KiB'>524289</currentMemory>", "memory-order"),
            Edge("<currentMemory unit='MiB'>1</currentMemory>"),
            Edge("<maxMemory slots='1' unit='MiB'>512</maxMemory>" + cell),
            Edge("<maxMemory slots='1' unit='KiB'>524287</maxMemory>" + cell, "memory-order"),
            Edge("<maxMemory slots='0' unit='MiB'>1024</maxMemory>" + cell, "memory-slots"),
            Edge("<maxMemory slots='4' unit='MiB'>0</maxMemory>" + cell, "memory-zero"),
        ])
    func sizes(edge: Edge) { edge.check() }

    private static func pages(_ pages: String, _ more: String = "", cells: Int = 0) -> String {
        let numa = (0..<cells).map {
            "<cell id='\($0)' cpus='\($0)' memory='\(512 / cells)' unit='MiB'/>"
        }.joined()
        return "<memoryBacking><hugepages>\(pages)</hugepages>\(more)</memoryBacking>"
            + (cells > 0 ? "<cpu><numa>\(numa)</numa></cpu>" : "")
    }

    @Test(
        "Huge pages",
        arguments: [
            Edge(pages("")), Edge(pages("", "<source type='memfd'/>")),
            Edge(pages("", "<source type='anonymous'/>"), "hugepages-source"),
            Edge(pages("", "<allocation mode='immediate'/>")),
            Edge(pages("", "<allocation mode='ondemand'/>"), "hugepages-allocation"),
            Edge(pages("<page size='2' unit='MiB'/>")), Edge(pages("<page size='0' unit='MiB'/>"), "page-size"),
            Edge(pages("<page size='2' unit='MiB' nodeset='0'/>")),
            Edge(pages("<page size='2' unit='MiB' nodeset='1'/>"), "missing-node"),
            Edge(pages("<page size='2' unit='MiB' nodeset='0-1'/>", cells: 2)),
            Edge(pages("<page size='2' unit='MiB' nodeset='0-2'/>", cells: 2), "missing-node"),
            Edge(
                pages("<page size='2' unit='MiB' nodeset='0'/><page size='1' unit='GiB' nodeset='1'/>", cells: 2)),
            Edge(
                pages("<page size='2' unit='MiB' nodeset='0-1'/><page size='1' unit='GiB' nodeset='1'/>", cells: 2),
                "duplicate-page"),
            Edge(pages("<page size='2' unit='MiB'/><page size='1' unit='GiB'/>", cells: 2), "duplicate-page"),
            Edge(pages("<page size='2' unit='MiB'/><page size='1' unit='GiB' nodeset='1'/>", cells: 2)),
        ])
    func hugePages(edge: Edge) { edge.check() }
}
