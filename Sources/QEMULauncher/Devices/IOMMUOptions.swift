internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<iommu>`; the ARM board's own is a property of the machine.
enum IOMMUOptions {
    static func make(_ iommu: IOMMU, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = iommu.alias?.name ?? "iommu0"
        switch iommu.model {
        case .intel:
            var properties: JSONObject = ["driver": "intel-iommu", "id": .string(alias)]
            properties.put("intremap", iommu.driver.intremap?.rawValue)
            properties.put("caching-mode", iommu.driver.cachingMode)
            properties.put("eim", iommu.driver.eim?.rawValue)
            properties.put("device-iotlb", iommu.driver.iotlb)
            properties.put("aw-bits", iommu.driver.awBits)
            properties.put("dma-translation", iommu.driver.dmaTranslation)
            return [QEMUOption(.device, properties, from: iommu.origin)]
        case .amd: return try amd(iommu, alias, context)
        case .virtio:
            var properties: JSONObject = ["driver": "virtio-iommu", "id": .string(alias)]
            properties.put("aw-bits", iommu.driver.awBits)
            switch iommu.driver.granule {
            case .host: properties["granule"] = "host"
            case .size(let size): properties["granule"] = .string("\(size)k")
            case nil: break
            }
            return try context.device(properties, at: iommu.address, acpi: iommu.acpi, from: iommu.origin)
        case .smmuv3:
            guard let bus = iommu.driver.pciBus else { return [] }
            return [
                QEMUOption(
                    .device,
                    [
                        "driver": "arm-smmuv3", "primary-bus": .string(context.pciBus(bus)), "id": .string(alias),
                    ], from: iommu.origin)
            ]
        case nil: return []
        }
    }

    /// What the guest finds on the PCI bus, and what works behind it.
    private static func amd(
        _ iommu: IOMMU, _ alias: String, _ context: BuildContext
    ) throws(VMError) -> [QEMUOption] {
        let function = try context.device(
            ["driver": "AMDVI-PCI", "id": .string(alias)], at: iommu.address, acpi: iommu.acpi, from: iommu.origin)
        var properties: JSONObject = ["driver": "amd-iommu", "pci-id": .string(alias)]
        properties.put("intremap", iommu.driver.intremap?.rawValue)
        properties.put("pt", iommu.driver.passthrough)
        properties.put("xtsup", iommu.driver.xtsup)
        properties.put("device-iotlb", iommu.driver.iotlb)
        properties.put("dma-translation", iommu.driver.dmaTranslation)
        return function + [QEMUOption(.device, properties, from: iommu.origin)]
    }
}
