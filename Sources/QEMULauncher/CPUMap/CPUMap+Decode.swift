internal import VMDomain
internal import VMJSON

extension CPUMap {
    /// A processor put into words: a model and where it differs from that.
    struct Description: Sendable, Hashable {
        var model: String
        var vendor: String?
        /// What the processor has and the model lacks, in CPUID's order.
        var enabled: [String]
        /// What the model has and the processor lacks.
        var disabled: [String]

        /// How far from the model the processor is. A guest copes with more than a model promises, but not well with
        /// less: what is lacking counts twice.
        fileprivate var distance: Int { enabled.count + 2 * disabled.count }
    }

    /// Describes the processor whose properties QEMU lists, by the model that is nearest to it among those that QEMU
    /// has. A model made for that very processor goes before all others.
    ///
    /// - Parameter properties: What `query-cpu-model-expansion` of `host` or `max` answers.
    /// - Parameter models: QEMU's models with what keeps each from running here.
    func describe(_ properties: JSONObject, among models: [String: CPUModel]) -> Description? {
        var bits = CPUBits()
        for (name, value) in properties where value.bool == true {
            if let feature = feature(name) { bits.formUnion(feature.bits) }
        }
        let vendor = properties["vendor"]?.string.flatMap { vendors[$0] }
        let family = properties["family"]?.int ?? 0
        let number = properties["model"]?.int ?? 0
        let stepping = properties["stepping"]?.int ?? 0
        var best: (description: Description, isSigned: Bool)?
        // Newer models stand behind older ones; of two that are equally near the newer is taken.
        for model in self.models.reversed() {
            guard model.describesGuests, let known = models[model.name] else { continue }
            if let maker = model.vendor, maker != vendor { continue }
            var description = describe(bits, by: model, blockers: known.unavailableFeatures ?? [])
            description.vendor = vendor
            // A model of no maker was never sold, whatever number it shows.
            let isSigned =
                model.vendor != nil
                && model.signatures.contains { $0.matches(family: family, model: number, stepping: stepping) }
            if let best {
                guard best.isSigned == isSigned ? description.distance < best.description.distance : isSigned
                else { continue }
            }
            best = (description, isSigned)
        }
        return best?.description
    }

    private func describe(_ bits: CPUBits, by model: Model, blockers: [String]) -> Description {
        var modelBits = model.bits
        // What the model has lost since is always said.
        for name in model.removed { if let feature = feature(name) { modelBits.subtract(feature.bits) } }
        // QEMU's model may have more than the map knows of; it is to be switched off as well.
        for blocker in blockers {
            if let feature = feature(blocker), !feature.bits.isSubset(of: bits) { modelBits.formUnion(feature.bits) }
        }
        var disabled = names(of: modelBits.subtracting(bits))
        for name in model.removed where !disabled.contains(name) {
            if let feature = feature(name), !feature.bits.isSubset(of: bits) { disabled.append(name) }
        }
        return Description(
            model: model.name, enabled: names(of: bits.subtracting(modelBits)), disabled: disabled)
    }
}
