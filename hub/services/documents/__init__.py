"""What all documents share that people write and publish: values, mistakes with their lines, versions, differences."""
