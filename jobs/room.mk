# What a person launches
